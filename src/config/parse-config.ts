import * as v from 'valibot';
import { dashed, variableOf } from '../options/names.ts';
import { optionKeys, optionOf, options, positionals } from '../options/options.ts';
import { cpuList, priority, text } from '../options/values.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { type TomlPath, tomlLines } from '../toml/toml-lines.ts';
import type { ConfiguredRule } from './configuration.ts';
import { type Entries, type Fault, readTable, type Table } from './read-table.ts';
import { outOfOrder, type RawSettings, thresholds } from './settings.ts';
import type { FileSource } from './source.ts';

/** What a configuration file says. */
export type ConfigFile = {
  readonly file: string;
  readonly top: Layer;
  /** `[connection.…]`: what holds for one connection instead */
  readonly connections: readonly (Layer & { readonly name: string; readonly uri: string })[];
  /** all that is wrong with it, `FILE:LINE: KEY: what`, by line */
  readonly faults: readonly string[];
};

/** Settings, and rules for domains. */
export type Layer = {
  readonly raw: RawSettings;
  readonly sources: Readonly<Record<string, FileSource>>;
  readonly rules: readonly ConfiguredRule[];
};

/**
 * Reads the text of a configuration file and collects what is wrong with it.
 * @param policies the names of those that there are, for a check that is to be complete
 * @throws {VcpuschedError} status 65 where it is not TOML at all
 */
export function parseConfig(file: string, toml: string, policies?: readonly string[]): ConfigFile {
  const document = parseToml(file, toml);
  const lineOf = tomlLines(toml);
  const found: { readonly line: number; readonly message: string }[] = [];
  const fault: Fault = (path, message) => {
    const key = path.filter((part) => typeof part === 'string').join('.');
    found.push({ line: lineOf(path), message: `${file}:${lineOf(path)}: ${key}: ${message}` });
  };

  function readLayer(table: Table, path: TomlPath, entries: Entries): Layer {
    const { domain, connection, ...rest } = table;
    const { raw } = readTable(rest, path, entries, elsewhere, fault);
    const policy = raw['policy'];
    if (typeof policy === 'string' && policies?.includes(policy) === false)
      fault([...path, 'policy'], `there is no '${policy}', but ${policies.join(', ')}`);
    const source = (key: string): FileSource => ({
      kind: 'file',
      file,
      line: lineOf([...path, dashed(key)]),
    });
    const sources = Object.fromEntries(Object.keys(raw).map((key) => [key, source(key)]));
    return { raw, sources, rules: readRules(domain, [...path, 'domain']) };
  }

  function readRules(value: unknown, path: TomlPath): readonly ConfiguredRule[] {
    if (value === undefined) return [];
    if (!Array.isArray(value) || !value.every(isTable)) {
      fault(path, 'rules are tables below a line [[domain]]; which domains to take is for --domain to say');
      return [];
    }
    return value.map((table, i) => {
      const at = [...path, i];
      const { taken } = readTable(table, at, ruleEntries, () => undefined, fault);
      if (table['name'] === undefined && table['uuid'] === undefined)
        fault(at, 'which one? name = "a glob" or uuid = "…" is missing');
      return { ...nothingSaid, ...taken, where: `${file}:${lineOf(at)}` };
    });
  }

  function readConnections(value: unknown): ConfigFile['connections'] {
    if (value === undefined) return [];
    if (!isTable(value)) {
      fault(['connection'], 'settings for a connection are a table below a line such as [connection.lab]');
      return [];
    }
    return Object.entries(value).flatMap(([name, table]) => {
      const path = ['connection', name];
      if (!isTable(table)) {
        fault(path, 'settings are a table below a line such as [connection.lab]');
        return [];
      }
      const { uri = name, ...rest } = table;
      if (typeof uri !== 'string' || !uri.includes(':')) {
        fault(table['uri'] === undefined ? path : [...path, 'uri'], 'uri = "a connection URI" is missing');
        return [];
      }
      return [{ name, uri, ...readLayer(rest, path, ofConnection) }];
    });
  }

  const top = readLayer(document, [], inFile);
  const connections = readConnections(document['connection']);
  for (const { raw, sources } of [top, ...connections]) {
    const [key] = thresholds.filter((each) => raw[each] !== undefined);
    const disorder = outOfOrder(
      (each) => Number(raw[each] ?? top.raw[each] ?? options[each].schema.default),
      (each, value) => `${each} ${value}`,
    );
    if (key === undefined || disorder === undefined) continue;
    const line = sources[key]?.line ?? 1;
    found.push({ line, message: `${file}:${line}: ${disorder}` });
  }
  return {
    file,
    top,
    connections,
    faults: found.sort((a, b) => a.line - b.line).map(({ message }) => message),
  };
}

/** The options that a file can set. */
const inFile: Entries = Object.fromEntries(
  optionKeys.filter((key) => optionOf(key)?.standing === 'file').map((key) => [key, options[key].schema]),
);
const { connect: _connect, ...ofConnection } = inFile;

/** What to say of a key that is an option, but none that a file (or this part of it) can set. */
function elsewhere(key: string): string | undefined {
  if (key === 'connect') return 'it belongs at the top of the file';
  if (key === 'config') return `a file cannot name another one; --config and ${variableOf(key)} can`;
  const option = optionOf(key);
  const isForOneRun = Object.hasOwn(positionals, key) || (option !== undefined && option.standing !== 'file');
  return isForOneRun ? 'it is for one run, and belongs on the command line' : undefined;
}

const ruleEntries = {
  name: v.optional(text('a glob')),
  uuid: v.optional(
    v.pipe(
      v.string(),
      v.uuid((issue) => `a UUID is wanted, not '${issue.input}'`),
      v.toLowerCase(),
    ),
  ),
  managed: v.optional(v.boolean()),
  cpus: v.optional(cpuList),
  priority: v.optional(priority),
  cooldown: v.optional(options.cooldown.schema.wrapped),
} satisfies Entries;

const nothingSaid = {
  name: undefined,
  uuid: undefined,
  managed: undefined,
  cpus: undefined,
  priority: undefined,
  cooldown: undefined,
} as const;

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
