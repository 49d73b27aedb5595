import * as v from 'valibot';
import { parseCpuList } from '../model/cpu-set.ts';

/** How a value is written in a configuration file. */
export type Notation = 'number' | 'text' | 'number or text' | 'flag' | 'list';

/** The notation of a setting that one of the functions below made. */
export function notationOf(setting: { readonly wrapped: v.GenericSchema }): Notation {
  const { wrapped } = setting;
  if (wrapped.type === 'boolean') return 'flag';
  if (wrapped.type === 'array') return 'list';
  return (v.getMetadata(wrapped) as { readonly notation?: Notation }).notation ?? 'text';
}

/** @param units what a letter after the number multiplies it by */
function number(
  what: string,
  accepts: (value: number) => boolean,
  units: Readonly<Record<string, number>> = {},
) {
  const valueIn = (text: string): number => {
    const [, digits, unit = ''] = /^(-?\d+(?:\.\d+)?)([a-z]?)$/i.exec(text) ?? [];
    return Number(digits) * (unit === '' ? 1 : (units[unit] ?? Number.NaN));
  };
  const notation: Notation = Object.keys(units).length === 0 ? 'number' : 'number or text';
  return v.pipe(
    v.string(`${what} is missing`),
    v.check(
      (text) => accepts(valueIn(text)),
      (issue) => `${what} is wanted, not '${issue.input}'`,
    ),
    v.transform(valueIn),
    v.metadata({ notation }),
  );
}

export const percent = number('a number above 0, at most 100', (value) => value > 0 && value <= 100);
export const points = number(
  'a number of points above 0, at most 1000',
  (value) => value > 0 && value <= 1000,
);
export const seconds = (most: number) =>
  number(`a number of seconds above 0, at most ${most}`, (value) => value > 0 && value <= most);
/** What is simulated is cut into pieces no shorter. */
export const span = (most: number) =>
  number(`a number of seconds from 0.001, at most ${most}`, (value) => value >= 0.001 && value <= most);
export const hourAtMost = number(
  'a number of seconds from 0, at most 3600',
  (value) => value >= 0 && value <= 3600,
);
export const count = number(
  'a whole number above 0',
  (value) => Number.isInteger(value) && value > 0 && value <= 1e9,
);
export const countAtMost = (most: number) =>
  number(
    `a whole number above 0, at most ${most}`,
    (value) => Number.isInteger(value) && value > 0 && value <= most,
  );
export const integer = number(
  'a whole number',
  (value) => Number.isInteger(value) && value >= 0 && value <= 2 ** 31,
);
export const priority = number(
  'a whole number from -1000 to 1000',
  (value) => Number.isInteger(value) && Math.abs(value) <= 1000,
);
export const factor = number('a number above 0', (value) => value > 0 && value < Number.POSITIVE_INFINITY);
export const fraction = number('a number from 0 to 1', (value) => value >= 0 && value <= 1);
export const duration = (mostDays: number) =>
  number(
    `a time such as 5s, 10m or 24h (seconds without a letter), above 0, at most ${mostDays}d,`,
    (value) => value > 0 && value <= mostDays * 86_400,
    { s: 1, m: 60, h: 3600, d: 86_400 },
  );
export const size = number('a size in bytes of at least 1, such as 500M or 2G,', (value) => value >= 1, {
  k: 2 ** 10,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
});

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
