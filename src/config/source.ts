import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { argumentsOf, commandNames } from '../options/commands.ts';
import { dashed } from '../options/names.ts';
import { optionOf } from '../options/options.ts';

/** Where a value that is not the default came from. */
export type Source =
  | { readonly kind: 'flag' }
  | { readonly kind: 'environment'; readonly variable: string }
  | FileSource;
export type FileSource = { readonly kind: 'file'; readonly file: string; readonly line: number };

/** Where each setting came from, by its key; one that is not in it has its default. */
export type Sources = Readonly<Record<string, Source>>;

/** A setting cannot be used: says which, by the name that it was given under, and why. */
export function settingFault(sources: Sources, key: string, message: string): VcpuschedError {
  const status = sources[key]?.kind === 'file' ? exitStatus.data : exitStatus.usage;
  return new VcpuschedError(status, `${settingName(sources, key)}: ${message}`);
}

/** The name under which a setting was given: `--cpus`, `VCPUSCHED_CPUS` or `FILE:3: cpus`. */
export function settingName(sources: Sources, key: string): string {
  const source = sources[key] ?? { kind: 'flag' };
  if (source.kind === 'file') return `${source.file}:${source.line}: ${dashed(key)}`;
  return source.kind === 'environment' ? source.variable : optionName(key);
}

/** An argument goes by its command, `record <file>`. */
function optionName(key: string): string {
  if (key === 'interval') return 'the interval';
  if (optionOf(key) !== undefined) return `--${dashed(key)}`;
  const [named = `--${dashed(key)}`] = commandNames.flatMap((command) =>
    argumentsOf(command).flatMap((each) => (each.key === key ? `${command} <${each.value}>` : [])),
  );
  return named;
}
