import * as v from 'valibot';
import { exitStatus, VcpuschedError } from '../errors.ts';
import { type Configuration, type RawSettings, unconfigured } from './configuration.ts';
import { settingFault, settingName } from './source.ts';
import {
  capacity,
  choice,
  count,
  countAtMost,
  cpuList,
  duration,
  factor,
  flag,
  fraction,
  hourAtMost,
  integer,
  patterns,
  percent,
  points,
  seconds,
  size,
  span,
  text,
} from './values.ts';

export type { RawSettings };

/** What holds from run to run: options, which the environment and the configuration file can set too. */
export const standing = {
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
  numa: v.optional(choice(['prefer', 'strict', 'ignore']), 'prefer'),
  l3: v.optional(choice(['prefer', 'strict', 'ignore']), 'prefer'),
  granularity: v.optional(choice(['cpu', 'core', 'l3', 'die', 'cell']), 'cpu'),
  domain: patterns,
  exclude: patterns,
  cpus: v.optional(cpuList),
  dedicated: v.optional(choice(['respect', 'share']), 'respect'),
  capacity: v.optional(v.array(capacity), []),
  maxMoves: v.optional(count),
  maxRate: v.optional(count, '480'),
  cooldown: v.optional(hourAtMost, '0'),
  foreign: v.optional(choice(['respect', 'adopt']), 'respect'),
  restoreOnExit: flag,
  stateDir: v.optional(text('the name of a folder')),
  config: v.optional(text('the name of a file')),
  quiet: flag,
  verbose: flag,
  color: v.optional(choice(['auto', 'always', 'never']), 'auto'),
  window: v.optional(seconds(3600), '2'),
  every: v.optional(duration(1), '5s'),
  maxSize: v.optional(size),
};

/** What one run is asked for, on the command line alone. */
export const ofOneRun = {
  json: flag,
  debug: flag,
  dryRun: flag,
  sinceLast: flag,
  interval: v.optional(span(86_400), '2'),
  cycles: v.optional(count),
  untilBalanced: flag,
  format: v.optional(choice(['table', 'json', 'shell']), 'table'),
  detailedExitcode: flag,
  subject: v.optional(text('the name, the UUID or a pattern of a domain'), '*'),
  file: v.optional(text('the name of a file'), 'recording.ndjson'),
  for: v.optional(duration(366)),
  inputs: v.optional(v.array(text('the name of a file')), []),
  report: v.optional(text('the name of a file')),
  seed: v.optional(integer),
  sweep: v.optional(v.array(text('a setting and its values')), []),
  jobs: v.optional(count),
  vms: v.optional(count),
  pcpus: v.optional(countAtMost(4096)),
  period: v.optional(span(86_400)),
  scale: v.optional(factor, '1'),
  jitter: v.optional(fraction, '0'),
  action: v.optional(choice(['check', 'show']), 'show'),
};

const schema = v.object({ ...standing, ...ofOneRun });

/** Everything a user can set, checked and typed, and where it came from. */
export type Settings = v.InferOutput<typeof schema> & { readonly configuration: Configuration };

/**
 * Checks what the user asked for.
 * @param raw what was given, flags, environment and file merged; what is not takes its default
 * @param configuration where that came from; by default from flags
 * @throws {VcpuschedError} status 64, or 65 for what a file says; names the setting, what it takes and what it
 *   was given
 */
export function readSettings(raw: RawSettings, configuration: Configuration = unconfigured): Settings {
  const given = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw settingFault(configuration.sources, String(issue.path?.[0]?.key), issue.message);
  }
  const disorder = outOfOrder(
    (key) => result.output[key],
    (key, value) => `${settingName(configuration.sources, key)} ${value}`,
  );
  if (disorder !== undefined) throw new VcpuschedError(exitStatus.usage, disorder);
  return { ...result.output, configuration };
}

export const thresholds = ['low', 'target', 'high'] as const;

type Threshold = (typeof thresholds)[number];

/** What is wrong with the order of the thresholds, if anything is. */
export function outOfOrder(
  valueFor: (key: Threshold) => number,
  tell: (key: Threshold, value: number) => string,
): string | undefined {
  const [low, target, high] = [valueFor('low'), valueFor('target'), valueFor('high')];
  if (low <= target && target <= high) return undefined;
  return (
    `${tell('low', low)}, ${tell('target', target)} and ${tell('high', high)} are out of order: ` +
    'low <= target <= high is wanted'
  );
}
