import * as v from 'valibot';
import type { Completion, VerbName } from './commands.ts';
import {
  address,
  capacity,
  choice,
  count,
  countAtMost,
  cpuList,
  factor,
  flag,
  fraction,
  integer,
  maintenanceWindow,
  moment,
  patterns,
  percent,
  points,
  type Setting,
  size,
  text,
  time,
} from './values.ts';

/** An option of the command line. Its name, its variable and its key in a file follow from its key here. */
export type Option = {
  /** what it takes, in which range, and its default */
  readonly schema: Setting;
  /** one letter */
  readonly short?: string;
  /** what stands for its value in the help; a flag has none */
  readonly value?: string;
  /** for the help, without default and choices */
  readonly help: string;
  /** what holds if it is not given, if the schema has no default */
  readonly absent?: string;
  /** the part of the help; those of `own` are refused by other commands, all others are accepted and do nothing there */
  readonly group: Group;
  /** the commands for which it does something */
  readonly commands: readonly VerbName[];
  /** where else it can be set: in the file and the environment, or only there; by default on the command line alone */
  readonly standing?: 'file' | 'environment';
  readonly complete?: Completion;
};

export type Group = 'own' | 'host' | 'policy' | 'output';

const all = [
  'once',
  'watch',
  'plan',
  'restore',
  'status',
  'top',
  'explain',
  'record',
  'simulate',
  'report',
  'doctor',
  'config',
  'pause',
  'resume',
  'history',
] as const;
const withHost = [
  'once',
  'watch',
  'plan',
  'restore',
  'pause',
  'resume',
  'history',
  'status',
  'top',
  'explain',
  'record',
  'doctor',
] as const;
const deciders = ['once', 'watch', 'plan', 'restore', 'status', 'top', 'explain', 'doctor'] as const;
const withState = [...deciders, 'pause', 'resume', 'history'] as const;
const withDomains = [...deciders, 'simulate', 'report'] as const;
const withPcpus = [
  'once',
  'watch',
  'plan',
  'status',
  'top',
  'explain',
  'simulate',
  'report',
  'doctor',
] as const;
const measuring = ['once', 'watch', 'plan', 'status', 'top', 'explain', 'simulate', 'report'] as const;
const choosing = ['once', 'watch', 'plan', 'top', 'explain', 'simulate'] as const;
const deciding = [...choosing, 'report'] as const;
const inTrace = { group: 'own', commands: ['simulate'] } as const;
const ofPolicy = { group: 'policy', commands: deciding, standing: 'file' } as const;

/**
 * Every option that is a setting, in the order of the help. This is the only place for names, ranges, defaults and scopes: the parser, the
 * help, the completions, the environment, the file and the manual pages are made from it, which is why it is one long
 * file.
 */
export const settingOptions = {
  window: {
    schema: v.optional(time('above 0', '1h'), '2'),
    value: 'time',
    help: 'time between the two samples',
    group: 'own',
    commands: ['once', 'plan', 'status', 'explain'],
    standing: 'file',
  },
  pcpu: {
    schema: v.optional(cpuList),
    value: 'list',
    help: 'show these pCPUs only, such as 0-3,8',
    absent: 'all that are online',
    group: 'own',
    commands: ['status'],
  },
  sort: {
    schema: v.optional(choice(['pcpu', 'load', 'ready', 'demand']), 'pcpu'),
    value: 'order',
    help: 'order of the pCPUs',
    group: 'own',
    commands: ['status'],
  },
  summary: {
    schema: flag,
    help: 'show the pCPUs without their vCPUs',
    group: 'own',
    commands: ['status'],
  },
  sinceLast: {
    schema: flag,
    help: 'measure from the sample that the last run saved, if it is recent',
    group: 'own',
    commands: ['once'],
  },
  maintenance: {
    schema: v.optional(v.array(maintenanceWindow), []),
    value: 'window',
    help: 'pin nothing at these times, such as Sat,Sun 01:00-05:00',
    group: 'own',
    commands: ['once', 'watch', 'plan', 'status', 'top'],
    standing: 'file',
  },
  history: {
    schema: v.optional(time('from 0', '366d'), '30d'),
    value: 'time',
    help: 'how long the command history shows a move',
    group: 'own',
    commands: ['once', 'watch'],
    standing: 'file',
  },
  hook: {
    schema: v.optional(text('the path of a program')),
    value: 'program',
    help: 'run this program after a cycle that moved or failed, with the JSON of the cycle on its standard input',
    group: 'own',
    commands: ['once', 'watch'],
    standing: 'file',
    complete: 'program',
  },
  since: {
    schema: v.optional(moment),
    value: 'time',
    help: 'from this time on, such as 2h or "2026-11-27 14:00"',
    absent: 'all of them',
    group: 'own',
    commands: ['history'],
  },
  last: {
    schema: flag,
    help: 'take back the last run alone',
    group: 'own',
    commands: ['restore'],
  },
  foreign: {
    schema: v.optional(choice(['respect', 'adopt']), 'respect'),
    value: 'kind',
    help: 'vCPUs that somebody else has pinned',
    group: 'own',
    commands: ['once', 'watch', 'plan', 'restore', 'top', 'explain'],
    standing: 'file',
  },
  restoreOnExit: {
    schema: flag,
    help: 'restore the affinities at the end',
    group: 'own',
    commands: ['watch'],
    standing: 'file',
  },
  dryRun: {
    schema: flag,
    help: 'show what would be pinned; pin nothing',
    group: 'own',
    commands: ['once', 'watch', 'restore'],
  },
  interval: {
    schema: v.optional(time('from 0.001', '1d'), '2'),
    value: 'time',
    help: 'length of a cycle',
    ...inTrace,
  },
  cycles: {
    schema: v.optional(count),
    value: 'number',
    help: 'end after this number of cycles',
    absent: 'no end, or that of the input',
    group: 'own',
    commands: ['watch', 'top', 'simulate'],
  },
  untilBalanced: {
    schema: flag,
    help: 'end when the policy has nothing more to do',
    group: 'own',
    commands: ['watch'],
  },
  format: {
    schema: v.optional(choice(['table', 'json', 'shell']), 'table'),
    value: 'kind',
    help: 'how to print it',
    group: 'own',
    commands: ['plan', 'restore'],
  },
  detailedExitcode: {
    schema: flag,
    help: 'exit with 2 if there is something to move',
    group: 'own',
    commands: ['plan'],
  },
  every: {
    schema: v.optional(time('above 0', '1d'), '5s'),
    value: 'time',
    help: 'time between two samples',
    group: 'own',
    commands: ['record'],
    standing: 'file',
  },
  for: {
    schema: v.optional(time('above 0', '366d')),
    value: 'time',
    help: 'end after this time, such as 24h',
    absent: 'no end',
    group: 'own',
    commands: ['record', 'pause'],
  },
  maxSize: {
    schema: v.optional(size),
    value: 'size',
    help: 'start a new file before it grows larger, such as 500M',
    absent: 'no limit',
    group: 'own',
    commands: ['record'],
    standing: 'file',
  },
  seed: {
    schema: v.optional(integer),
    value: 'number',
    help: 'seed of the noise',
    absent: 'that of the input',
    ...inTrace,
  },
  sweep: {
    schema: v.optional(v.array(text('a setting and its values')), []),
    value: 'setting',
    help: 'try each of these values, such as high=80,85,90',
    group: 'own',
    commands: ['simulate', 'report'],
  },
  report: {
    schema: v.optional(text('the name of a file')),
    value: 'file',
    help: 'also write a page with charts, for a browser',
    complete: 'file',
    ...inTrace,
  },
  html: {
    schema: v.optional(text('the name of a file')),
    value: 'file',
    help: 'also write a page to print or to hand on',
    complete: 'file',
    group: 'own',
    commands: ['report'],
  },
  jobs: {
    schema: v.optional(count),
    value: 'number',
    help: 'number of runs at the same time',
    absent: 'one for each CPU',
    group: 'own',
    commands: ['simulate', 'report'],
  },
  vms: {
    schema: v.optional(count),
    value: 'number',
    help: 'trace: number of columns to use',
    absent: 'all',
    ...inTrace,
  },
  pcpus: {
    schema: v.optional(countAtMost(4096)),
    value: 'number',
    help: 'trace: number of pCPUs of the host; a trace needs it',
    ...inTrace,
  },
  period: {
    schema: v.optional(time('from 0.001', '1d')),
    value: 'time',
    help: 'trace: time between two rows; a trace needs it',
    ...inTrace,
  },
  scale: {
    schema: v.optional(factor, '1'),
    value: 'factor',
    help: 'trace: multiply each value by it',
    ...inTrace,
  },
  jitter: {
    schema: v.optional(fraction, '0'),
    value: 'share',
    help: 'trace: noise, as a share of the demand',
    ...inTrace,
  },
  connect: {
    schema: v.optional(text('a connection URI')),
    short: 'c',
    value: 'URI',
    help: 'libvirt connection',
    absent: 'that of virsh',
    group: 'host',
    commands: all,
    standing: 'file',
    complete: ['qemu:///system', 'qemu:///session'],
  },
  host: {
    schema: v.optional(v.array(text('the name of a connection')), []),
    value: 'name',
    help: 'a connection of the configuration file, or all',
    group: 'host',
    commands: withHost,
  },
  virsh: {
    schema: v.optional(text('the path of virsh'), 'virsh'),
    value: 'path',
    help: 'the virsh to run',
    group: 'host',
    commands: withHost,
    standing: 'file',
    complete: 'program',
  },
  timeout: {
    schema: v.optional(time('above 0', '1h'), '40'),
    value: 'time',
    help: 'longest time to wait for a virsh process',
    group: 'host',
    commands: withHost,
    standing: 'file',
  },
  domain: {
    schema: patterns,
    value: 'glob',
    help: 'these domains only, by name or UUID',
    group: 'host',
    commands: withDomains,
    standing: 'environment',
    complete: 'domain',
  },
  exclude: {
    schema: patterns,
    value: 'glob',
    help: 'not these domains',
    group: 'host',
    commands: withDomains,
    standing: 'file',
    complete: 'domain',
  },
  cpus: {
    schema: v.optional(cpuList),
    value: 'list',
    help: 'pCPUs to use, such as 0-3,8',
    absent: 'all that are online',
    group: 'host',
    commands: withPcpus,
    standing: 'file',
  },
  dedicated: {
    schema: v.optional(choice(['respect', 'share']), 'respect'),
    value: 'kind',
    help: 'pCPUs that a configuration dedicates to a domain',
    group: 'host',
    commands: measuring,
    standing: 'file',
  },
  capacity: {
    schema: v.optional(v.array(capacity), []),
    value: 'list=share',
    help: 'what slower pCPUs can do, such as 4-7=0.6',
    group: 'host',
    commands: measuring,
    standing: 'file',
  },
  stateDir: {
    schema: v.optional(text('the name of a folder')),
    value: 'folder',
    help: 'folder for the saved affinities',
    absent: '/var/lib/vcpusched for root',
    group: 'host',
    commands: withState,
    standing: 'file',
    complete: 'folder',
  },
  config: {
    schema: v.optional(text('the name of a file')),
    value: 'file',
    help: 'configuration file',
    absent: '/etc/vcpusched/config.toml for root',
    group: 'host',
    commands: all,
    standing: 'environment',
    complete: 'file',
  },
  policy: {
    schema: v.optional(text('the name of a policy'), 'threshold'),
    value: 'name',
    help: 'how to decide',
    complete: 'policy',
    ...ofPolicy,
    commands: choosing,
  },
  high: {
    schema: v.optional(percent, '90'),
    value: 'percent',
    help: 'a pCPU above it is too full',
    ...ofPolicy,
  },
  target: {
    schema: v.optional(percent, '80'),
    value: 'percent',
    help: 'the load that a pCPU should have',
    ...ofPolicy,
  },
  low: {
    schema: v.optional(percent, '70'),
    value: 'percent',
    help: 'a pCPU below it has room',
    ...ofPolicy,
  },
  thresholds: {
    schema: v.optional(choice(['proportional', 'absolute']), 'proportional'),
    value: 'kind',
    help: 'the three as proportions around the mean load, or as shares of a pCPU',
    ...ofPolicy,
  },
  gap: {
    schema: v.optional(points, '10'),
    value: 'points',
    help: 'lightest, busiest: largest difference of two pCPUs',
    ...ofPolicy,
  },
  sigma: {
    schema: v.optional(points, '5'),
    value: 'points',
    help: 'stddev: largest standard deviation of the loads',
    ...ofPolicy,
  },
  place: {
    schema: v.optional(choice(['demand', 'spread', 'keep']), 'demand'),
    value: 'kind',
    help: 'first pCPU of a vCPU that may run on several',
    ...ofPolicy,
  },
  numa: {
    schema: v.optional(choice(['prefer', 'strict', 'ignore']), 'prefer'),
    value: 'kind',
    help: 'whether a vCPU may leave its NUMA cells',
    ...ofPolicy,
  },
  l3: {
    schema: v.optional(choice(['prefer', 'strict', 'ignore']), 'prefer'),
    value: 'kind',
    help: 'whether a domain stays under few L3 caches',
    ...ofPolicy,
  },
  granularity: {
    schema: v.optional(choice(['cpu', 'core', 'l3', 'die', 'cell']), 'cpu'),
    value: 'unit',
    help: 'pin a vCPU to all pCPUs of such a unit',
    ...ofPolicy,
  },
  maxMoves: {
    schema: v.optional(count),
    value: 'number',
    help: 'most pins at a time',
    absent: 'no limit',
    ...ofPolicy,
  },
  maxRate: {
    schema: v.optional(count, '480'),
    value: 'number',
    help: 'most moves of a vCPU in an hour',
    ...ofPolicy,
  },
  cooldown: {
    schema: v.optional(time('from 0', '1h'), '0'),
    value: 'time',
    help: 'time that a vCPU stays after a move',
    ...ofPolicy,
  },
  quiet: {
    schema: flag,
    short: 'q',
    help: 'print nothing but errors',
    group: 'output',
    commands: all,
    standing: 'file',
  },
  verbose: {
    schema: flag,
    short: 'v',
    help: 'print more',
    group: 'output',
    commands: [
      'once',
      'watch',
      'plan',
      'restore',
      'history',
      'status',
      'explain',
      'record',
      'simulate',
      'report',
    ],
    standing: 'file',
  },
  json: {
    schema: flag,
    help: 'print the result as JSON',
    group: 'output',
    commands: all,
  },
  logFormat: {
    schema: v.optional(choice(['text', 'json', 'logfmt']), 'text'),
    value: 'kind',
    help: 'how to write the log',
    group: 'output',
    commands: ['watch'],
    standing: 'file',
  },
  metricsFile: {
    schema: v.optional(text('the name of a file')),
    value: 'file',
    help: 'write metrics to a file, for the collector of node_exporter',
    group: 'output',
    commands: ['once', 'watch'],
    standing: 'file',
    complete: 'file',
  },
  metricsListen: {
    schema: v.optional(address),
    value: 'address',
    help: 'serve metrics to Prometheus, such as on 127.0.0.1:9719',
    group: 'output',
    commands: ['watch'],
    standing: 'file',
  },
  metricsVcpus: {
    schema: flag,
    help: 'add metrics of each vCPU',
    group: 'output',
    commands: ['once', 'watch'],
    standing: 'file',
  },
  color: {
    schema: v.optional(choice(['auto', 'always', 'never']), 'auto'),
    value: 'when',
    help: 'when to print in colour',
    group: 'output',
    commands: [
      'once',
      'watch',
      'plan',
      'restore',
      'history',
      'status',
      'top',
      'explain',
      'simulate',
      'report',
      'doctor',
    ],
    standing: 'file',
  },
  trace: {
    schema: v.optional(text('the name of a file')),
    value: 'file',
    help: 'append each virsh call and each decision to a file',
    group: 'output',
    complete: 'file',
    commands: ['once', 'watch', 'plan', 'restore', 'status', 'top', 'explain', 'record', 'doctor'],
  },
  debug: {
    schema: flag,
    help: 'show where in the program an error occurred',
    group: 'output',
    commands: all,
  },
} as const satisfies Readonly<Record<string, Option>>;

/** Every option: also the two that only print something, and are no settings. */
export const options = {
  ...settingOptions,
  help: {
    schema: flag,
    short: 'h',
    help: 'show this help',
    group: 'output',
    commands: all,
  },
  version: {
    schema: flag,
    short: 'V',
    help: 'show the version',
    group: 'output',
    commands: all,
  },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionKey = keyof typeof options;
export const optionKeys = Object.keys(options) as readonly OptionKey[];

/** An option by its key, with all that an option can have; undefined if there is none. */
export function optionOf(key: string): Option | undefined {
  return Object.hasOwn(options, key) ? options[key as OptionKey] : undefined;
}

/** Settings that are arguments of a command, and no options. */
export const positionals = {
  subject: v.optional(text('the name, the UUID or a pattern of a domain'), '*'),
  moved: v.optional(text('the name, the UUID or a pattern of a domain'), '*'),
  file: v.optional(text('the name of a file'), 'recording.ndjson'),
  inputs: v.optional(v.array(text('the name of a file')), []),
  action: v.optional(choice(['check', 'show']), 'show'),
};

/** The settings of policies, as far as they are more than its name. */
export type PolicyKey = Exclude<
  { [K in OptionKey]: (typeof options)[K]['group'] extends 'policy' ? K : never }[OptionKey],
  'policy'
>;
export const policyKeys = optionKeys.filter(
  (key): key is PolicyKey => options[key].group === 'policy' && key !== 'policy',
);
