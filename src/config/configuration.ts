import type { CpuSet } from '../model/cpu-set.ts';
import type { Sources } from './source.ts';

/** Option values as they were typed, by their camelCase names; a flag is true, what may be repeated is a list. */
export type RawSettings = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** What stands behind the settings: where they came from, and what only a file can say. Plain data. */
export type Configuration = {
  /** where the configuration file was looked for */
  readonly places: readonly string[];
  /** the configuration file; undefined where there is none */
  readonly file: string | undefined;
  /** what was given, as if it had been typed on the command line */
  readonly raw: RawSettings;
  /** what is connected to, as far as it is known without libvirt */
  readonly uri: string;
  readonly sources: Sources;
  /** in the order in which they apply: the last one that says something has the word */
  readonly rules: readonly ConfiguredRule[];
  /** the names of the connections that the file has settings for, and which of them is used */
  readonly sections: readonly Section[];
};

/** A `[[domain]]` table. */
export type ConfiguredRule = {
  readonly name: string | undefined;
  readonly uuid: string | undefined;
  readonly managed: boolean | undefined;
  readonly cpus: CpuSet | undefined;
  readonly priority: number | undefined;
  /** seconds */
  readonly cooldown: number | undefined;
  /** `/etc/vcpusched/config.toml:12` */
  readonly where: string;
};

/** A `[connection.…]` table. */
export type Section = { readonly name: string; readonly uri: string; readonly isUsed: boolean };

export const unconfigured: Configuration = {
  places: [],
  file: undefined,
  raw: {},
  uri: 'qemu:///system',
  sources: {},
  rules: [],
  sections: [],
};
