import * as v from 'valibot';
import { didYouMean } from '../model/suggest.ts';
import { camel, dashed } from '../options/names.ts';
import { factsOf, type Notation } from '../options/values.ts';
import type { TomlPath } from '../toml/toml-lines.ts';
import type { RawSettings } from './configuration.ts';

export type Table = Readonly<Record<string, unknown>>;
/** What a table may hold, by camelCase keys. */
export type Entries = Readonly<Record<string, v.OptionalSchema<v.GenericSchema, unknown>>>;
/** Notes what is wrong with the key at a path. */
export type Fault = (path: TomlPath, message: string) => void;

/**
 * Reads a table of a configuration file: what each key says as one would have typed it on the command line, and
 * as it is taken. A key that is unknown, or has a value of another kind, is a fault and left out.
 * @param elsewhere what to say of keys that are known but do not belong here
 */
export function readTable(
  table: Table,
  path: TomlPath,
  entries: Entries,
  elsewhere: (key: string) => string | undefined,
  fault: Fault,
): { readonly raw: RawSettings; readonly taken: Table } {
  const raw: Record<string, RawSettings[string]> = {};
  const taken: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(table)) {
    const key = camel(name);
    const entry = dashed(key) === name && Object.hasOwn(entries, key) ? entries[key] : undefined;
    const problem = entry === undefined ? unknown(name, key, entries, elsewhere) : misfit(entry, value);
    if (entry === undefined || problem !== undefined) {
      fault([...path, name], problem ?? '');
      continue;
    }
    const typed = typeof value === 'number' ? String(value) : (value as RawSettings[string]);
    const result = v.safeParse(entry, typed, { abortEarly: true });
    if (result.success) {
      raw[key] = typed;
      taken[key] = result.output;
    } else fault([...path, name], result.issues[0].message);
  }
  return { raw, taken };
}

function unknown(
  name: string,
  key: string,
  entries: Entries,
  elsewhere: (key: string) => string | undefined,
): string {
  const known = Object.keys(entries).map(dashed);
  return elsewhere(key) ?? `there is no such key${didYouMean(name, known)}`;
}

function misfit(entry: Entries[string], value: unknown): string | undefined {
  const { notation } = factsOf(entry);
  return fits[notation](value) ? undefined : `${wanted[notation]} is wanted, not ${shown(value)}`;
}

const isText = (value: unknown) => typeof value === 'string';
const isNumber = (value: unknown) => typeof value === 'number';

const fits: Readonly<Record<Notation, (value: unknown) => boolean>> = {
  number: isNumber,
  text: isText,
  'number or text': (value) => isNumber(value) || isText(value),
  time: (value) => isNumber(value) || isText(value),
  flag: (value) => typeof value === 'boolean',
  list: (value) => Array.isArray(value) && value.every(isText),
};

const wanted: Readonly<Record<Notation, string>> = {
  number: 'a number',
  text: 'a text in quotes',
  'number or text': 'a number or a text in quotes',
  time: 'a number of seconds or a time such as "5s"',
  flag: 'true or false',
  list: 'a list of texts such as ["a", "b"]',
};

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  return typeof value === 'object' ? 'a table' : isText(value) ? JSON.stringify(value) : String(value);
}
