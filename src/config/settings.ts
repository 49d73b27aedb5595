import * as v from 'valibot';
import { exitStatus, VcpuschedError } from '../errors.ts';
import { parseCpuList } from '../model/cpu-set.ts';

/** Option values as they were typed, by their camelCase names; a flag is true, what may be repeated is a list. */
export type RawSettings = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Everything a user can set, checked and typed. */
export type Settings = v.InferOutput<typeof schema>;

/**
 * Checks what the user asked for.
 * @param raw flags given and environment, merged; what is not given takes its default
 * @throws {VcpuschedError} status 64, naming the option, what it takes and what it was given
 */
export function readSettings(raw: RawSettings): Settings {
  const given = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = issue.path?.[0]?.key;
  throw new VcpuschedError(
    exitStatus.usage,
    `${key === undefined ? '' : `${optionName(String(key))}: `}${issue.message}`,
  );
}

/** @param units what a letter after the number multiplies it by */
function number(
  what: string,
  accepts: (value: number) => boolean,
  units: Readonly<Record<string, number>> = {},
) {
  const valueIn = (text: string): number => {
    const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([a-z]?)$/i.exec(text) ?? [];
    return Number(digits) * (unit === '' ? 1 : (units[unit] ?? Number.NaN));
  };
  return v.pipe(
    v.string(`${what} is missing`),
    v.check(
      (text) => accepts(valueIn(text)),
      (issue) => `${what} is wanted, not '${issue.input}'`,
    ),
    v.transform(valueIn),
  );
}

const percent = number('a number above 0, at most 100', (value) => value > 0 && value <= 100);
const points = number('a number of points above 0, at most 1000', (value) => value > 0 && value <= 1000);
const seconds = (most: number) =>
  number(`a number of seconds above 0, at most ${most}`, (value) => value > 0 && value <= most);
const hourAtMost = number('a number of seconds from 0, at most 3600', (value) => value <= 3600);
const count = number(
  'a whole number above 0',
  (value) => Number.isInteger(value) && value > 0 && value <= 1e9,
);
const integer = number('a whole number', (value) => Number.isInteger(value) && value <= 2 ** 31);
const factor = number('a number above 0', (value) => value > 0);
const fraction = number('a number from 0 to 1', (value) => value <= 1);
const duration = (mostDays: number) =>
  number(
    `a time such as 5s, 10m or 24h (seconds without a letter), above 0, at most ${mostDays}d,`,
    (value) => value > 0 && value <= mostDays * 86_400,
    { s: 1, m: 60, h: 3600, d: 86_400 },
  );
const size = number('a size in bytes of at least 1, such as 500M or 2G,', (value) => value >= 1, {
  k: 2 ** 10,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
});
const text = (what: string) => v.pipe(v.string(`${what} is missing`), v.nonEmpty(`${what} is missing`));
const choice = <const T extends readonly string[]>(options: T) =>
  v.picklist(options, (issue) => `${options.join(', ')} are the choices, not '${String(issue.input)}'`);
const flag = v.optional(v.boolean('takes no value'), false);
const patterns = v.optional(v.array(text('a pattern')), []);

const cpuList = v.pipe(
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
);

const schema = v.pipe(
  v.object({
    connect: v.optional(text('a connection URI')),
    virsh: v.optional(text('the path of virsh'), 'virsh'),
    timeout: v.optional(seconds(3600), '40'),
    policy: v.optional(text('the name of a policy'), 'threshold'),
    high: v.optional(percent, '90'),
    target: v.optional(percent, '80'),
    low: v.optional(percent, '70'),
    thresholds: v.optional(choice(['proportional', 'absolute']), 'proportional'),
    gap: v.optional(points, '10'),
    sigma: v.optional(points, '5'),
    place: v.optional(choice(['demand', 'spread', 'keep']), 'demand'),
    domain: patterns,
    exclude: patterns,
    cpus: v.optional(cpuList),
    maxMoves: v.optional(count),
    maxRate: v.optional(count, '60'),
    cooldown: v.optional(hourAtMost, '0'),
    quiet: flag,
    verbose: flag,
    json: flag,
    debug: flag,
    color: v.optional(choice(['auto', 'always', 'never']), 'auto'),
    window: v.optional(seconds(3600), '2'),
    dryRun: flag,
    interval: v.optional(seconds(86_400), '2'),
    cycles: v.optional(count),
    untilBalanced: flag,
    format: v.optional(choice(['table', 'json', 'shell']), 'table'),
    detailedExitcode: flag,
    file: v.optional(text('the name of a file'), 'recording.ndjson'),
    every: v.optional(duration(1), '5s'),
    for: v.optional(duration(366)),
    maxSize: v.optional(size),
    inputs: v.optional(v.array(text('the name of a file')), []),
    report: v.optional(text('the name of a file')),
    seed: v.optional(integer),
    sweep: v.optional(v.array(text('a setting and its values')), []),
    jobs: v.optional(count),
    vms: v.optional(count),
    pcpus: v.optional(count),
    period: v.optional(seconds(86_400)),
    scale: v.optional(factor, '1'),
    jitter: v.optional(fraction, '0'),
  }),
  v.check(
    ({ high, target, low }) => low <= target && target <= high,
    (issue) =>
      `--low ${issue.input.low}, --target ${issue.input.target} and --high ${issue.input.high} are out of order: ` +
      'low <= target <= high is wanted',
  ),
);

function optionName(key: string): string {
  if (key === 'interval') return 'the interval';
  if (key === 'file') return 'record <file>';
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
