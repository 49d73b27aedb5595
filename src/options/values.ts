import { isIP } from 'node:net';
import * as v from 'valibot';
import { parseCpuList } from '../model/cpu-set.ts';
import type { MaintenanceWindow } from '../model/pause.ts';

/** How a value is written in a configuration file. */
export type Notation = 'number' | 'text' | 'number or text' | 'time' | 'flag' | 'list';

/** A setting as the declaration has it: what it takes, and its default as a user would type it. */
export type Setting = { readonly wrapped: v.GenericSchema; readonly default: unknown };

/** What the documents say of a setting, read from its schema. */
export type SettingFacts = {
  readonly notation: Notation;
  /** `above 0, at most 1h`; undefined for what is no number */
  readonly range: string | undefined;
  /** the words that it takes; none where it takes any */
  readonly choices: readonly string[];
  /** as a user types it; undefined for flags and lists, and where there is none */
  readonly default: string | undefined;
};

export function factsOf({ wrapped, default: value }: Setting): SettingFacts {
  const { notation, range } = v.getMetadata(wrapped) as Partial<SettingFacts>;
  return {
    notation: wrapped.type === 'boolean' ? 'flag' : wrapped.type === 'array' ? 'list' : (notation ?? 'text'),
    range,
    choices: 'options' in wrapped ? (wrapped.options as readonly string[]) : [],
    default: typeof value === 'string' ? value : undefined,
  };
}

/**
 * @param units what a letter after the number multiplies it by
 * @returns a schema from text to a number in the range, of which its message and its metadata tell
 */
function number(
  what: string,
  range: string,
  accepts: (value: number) => boolean,
  notation: Notation = 'number',
  units: Readonly<Record<string, number>> = {},
) {
  const comma = notation === 'number' ? '' : ',';
  return v.pipe(
    v.string(`${what} is missing`),
    v.check(
      (typed) => accepts(numberIn(typed, units)),
      (issue) => `${what} ${range}${comma} is wanted, not '${issue.input}'`,
    ),
    v.transform((typed) => numberIn(typed, units)),
    v.metadata({ notation, range }),
  );
}

function numberIn(typed: string, units: Readonly<Record<string, number>>): number {
  const [, digits, unit = ''] = /^(-?\d+(?:\.\d+)?)([a-z]?)$/i.exec(typed) ?? [];
  return Number(digits) * (unit === '' ? 1 : (units[unit] ?? Number.NaN));
}

export const percent = number('a number', 'above 0, at most 100', (value) => value > 0 && value <= 100);
export const points = number(
  'a number of points',
  'above 0, at most 1000',
  (value) => value > 0 && value <= 1000,
);
export const count = number(
  'a whole number',
  'above 0',
  (value) => Number.isInteger(value) && value > 0 && value <= 1e9,
);
export const countAtMost = (most: number) =>
  number(
    'a whole number',
    `above 0, at most ${most}`,
    (value) => Number.isInteger(value) && value > 0 && value <= most,
  );
export const integer = number(
  'a whole number',
  'from 0',
  (value) => Number.isInteger(value) && value >= 0 && value <= 2 ** 31,
);
export const priority = number(
  'a whole number',
  'from -1000 to 1000',
  (value) => Number.isInteger(value) && Math.abs(value) <= 1000,
);
export const factor = number('a number', 'above 0', (value) => value > 0 && value < Number.POSITIVE_INFINITY);
export const fraction = number('a number', 'from 0 to 1', (value) => value >= 0 && value <= 1);

const secondsIn = { s: 1, m: 60, h: 3600, d: 86_400 };

/** In seconds: a number with a unit, such as `5s`, or a number of seconds without one. */
export const time = (least: 'above 0' | 'from 0' | 'from 0.001', most: string) => {
  const [leastSeconds, mostSeconds] = [Number(least.split(' ')[1]), numberIn(most, secondsIn)];
  return number(
    'a time such as 5s, 2m or 1h,',
    `${least}, at most ${most}`,
    (value) => value >= leastSeconds && value <= mostSeconds && (value > 0 || least !== 'above 0'),
    'time',
    secondsIn,
  );
};

export const size = number(
  'a size in bytes such as 500M or 2G,',
  'at least 1',
  (value) => value >= 1 && value <= Number.MAX_SAFE_INTEGER,
  'number or text',
  { k: 2 ** 10, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 },
);

export const text = (what: string) =>
  v.pipe(v.string(`${what} is missing`), v.nonEmpty(`${what} is missing`));
export const choice = <const T extends readonly string[]>(options: T) =>
  v.picklist(options, (issue) => `${options.join(', ')} are the choices, not '${String(issue.input)}'`);
export const flag = v.optional(v.boolean('takes no value'), false);
export const patterns = v.optional(v.array(text('a pattern')), []);

/** `4-7=0.6`: what pCPUs can do, as a share of the fastest. */
export const capacity = v.pipe(
  text('pCPUs and their share of the fastest, such as 4-7=0.6,'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const [, list = '', share = ''] = /^([^=]*)=(\d{1,3}(?:\.\d{1,9})?|\.\d{1,9})$/.exec(dataset.value) ?? [];
    try {
      if (list === '')
        throw new RangeError(`pCPUs and their share are wanted, such as 4-7=0.6, not '${dataset.value}'`);
      if (Number(share) <= 0 || Number(share) > 1)
        throw new RangeError(`a share above 0, at most 1, is wanted, not '${share}'`);
      return { cpus: parseCpuList(list), share: Number(share) };
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
      return NEVER;
    }
  }),
);

/** A moment that has passed: a time ago in seconds, or a date, in milliseconds since the epoch. */
export type Moment = { readonly agoSeconds: number } | { readonly atMs: number };

/** A hundred years: a Date knows of no time that is long past. */
const mostAgoSeconds = 100 * 365 * 86_400;

/** `2h` ago, or a local date with or without a time of day, or one with a zone. */
export const moment = v.pipe(
  text('a time such as 2h or 2026-11-27'),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): Moment => {
    const agoSeconds = numberIn(value, secondsIn);
    if (agoSeconds >= 0 && agoSeconds <= mostAgoSeconds) return { agoSeconds };
    // Without a time of day a date would be one in UTC.
    const isDate = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(value);
    const atMs = isDate ? Date.parse(value.length === 10 ? `${value} 00:00` : value) : Number.NaN;
    if (!Number.isNaN(atMs)) return { atMs };
    addIssue({
      message: `a time ago such as 2h, or a date such as '2026-11-27 14:00', is wanted, not '${value}'`,
    });
    return NEVER;
  }),
);

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `Sat,Sun 01:00-05:00`, `Mon-Fri 22:00-06:00` or `12:00-13:00`. */
export const maintenanceWindow = v.pipe(
  text('a time such as Sat,Sun 01:00-05:00'),
  v.rawTransform(({ dataset, addIssue, NEVER }): MaintenanceWindow => {
    const [, days = '', from = '', to = ''] =
      /^(?:([a-z,-]{3,99}) )?(\d\d?:\d\d)-(\d\d?:\d\d)$/i.exec(dataset.value) ?? [];
    const window = { days: daysOf(days), fromMin: minutesOf(from), toMin: minutesOf(to) };
    if (window.days !== undefined && window.fromMin < 1440 && window.toMin <= 1440)
      return { ...window, days: window.days };
    addIssue({
      message: `days and a time of day, such as Sat,Sun 01:00-05:00, are wanted, not '${dataset.value}'`,
    });
    return NEVER;
  }),
);

/** @param text `Sat,Sun`, `Fri-Mon`; none for each day */
function daysOf(text: string): readonly number[] | undefined {
  if (text === '') return dayNames.map((_, day) => day);
  const ranges = text
    .toLowerCase()
    .split(',')
    .map((range) => range.split('-').map((day) => dayNames.indexOf(day)));
  if (ranges.some((range) => range.length > 2 || range.includes(-1))) return undefined;
  return ranges.flatMap(([first = 0, last = first]) =>
    Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, i) => (first + i) % 7),
  );
}

/** Minutes after midnight; NaN where it is no time of day. */
function minutesOf(text: string): number {
  const [hours = Number.NaN, minutes = Number.NaN] = text.split(':').map(Number);
  return minutes < 60 ? hours * 60 + minutes : Number.NaN;
}

export const cpuList = v.pipe(
  text('a list of CPUs such as 0-3,8'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return parseCpuList(dataset.value);
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
      return NEVER;
    }
  }),
  v.check((cpus) => cpus.length > 0, 'the list names no CPU'),
  v.metadata({ notation: 'number or text' satisfies Notation }),
);

/** `127.0.0.1:9719` or `[::1]:9719`: where to listen. Port 0 is any that is free. */
export const address = v.pipe(
  text('an IP address and a port such as 127.0.0.1:9719'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const [, v6, v4, digits] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(dataset.value) ?? [];
    const host = v6 ?? v4 ?? '';
    const port = Number(digits);
    if (isIP(host) === (v6 === undefined ? 4 : 6) && port < 2 ** 16) return { host, port };
    addIssue({
      message: `an IP address and a port such as 127.0.0.1:9719 or [::1]:9719 is wanted, not '${dataset.value}'`,
    });
    return NEVER;
  }),
);
