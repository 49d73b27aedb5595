import * as v from 'valibot';
import { parseCpuList } from '../../model/cpu-set.ts';
import { didYouMean } from '../../model/suggest.ts';
import { mostSeconds } from '../limits.ts';

/** What a scenario file may hold; fixtures/scenarios/README.md describes each key. Times are seconds. */
const finite = v.pipe(
  v.number(),
  v.finite(({ received }) => `Expected a finite number but received ${received}`),
);
const whole = v.pipe(
  v.number(),
  v.integer(({ received }) => `Expected a whole number but received ${received}`),
);
const seconds = v.pipe(finite, v.minValue(0), v.maxValue(mostSeconds));
const spanSeconds = v.pipe(finite, v.minValue(0.001), v.maxValue(mostSeconds));
const pct = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** Of anything there are at most so many. */
const most = 4096;
const count = v.pipe(whole, v.minValue(1), v.maxValue(most));
const index = v.pipe(whole, v.minValue(0));
const seedNumber = whole;

const cpuListText = v.pipe(v.string(), v.check(isCpuList, 'Expected a CPU list such as "0-3,8"'));
const cpuList = v.union([index, cpuListText], 'Expected a CPU number or a list such as "0-3,8"');

const steps = table({
  steps: v.pipe(v.array(v.tuple([seconds, pct])), v.minLength(1)),
  repeat: v.optional(spanSeconds),
});
const square = table({
  high: pct,
  low: v.optional(pct, 0),
  period: spanSeconds,
  duty: v.optional(fraction, 0.5),
  phase: v.optional(v.union([fraction, v.literal('spread')], 'Expected 0 to 1 or "spread"'), 0),
});
const trace = table({
  trace: v.string(),
  column: v.optional(v.union([index, v.string()], 'Expected a column number or name'), 'in-turn'),
  row: spanSeconds,
  scale: v.optional(v.pipe(finite, v.minValue(0)), 1),
});
const oneDemand = v.lazy((input) => {
  if (typeof input !== 'object' || input === null) return pct;
  if ('steps' in input) return steps;
  return 'trace' in input ? trace : square;
});

/** Of several, the domains of a group take one each in turn. */
const demand = v.lazy((input) =>
  Array.isArray(input) ? v.pipe(v.array(oneDemand), v.minLength(1)) : oneDemand,
);
const wobble = {
  noise: v.optional(pct, 0),
  jitter: v.optional(fraction, 0),
  'noise-every': v.optional(spanSeconds, 1),
};

/** As libvirt bounds them. @source virDomainDefParseXML and the cgroup's own limits: 1 ms to 1 s */
const periodUs = v.pipe(whole, v.minValue(1000), v.maxValue(1_000_000));
const quotaUs = v.pipe(whole, v.minValue(1000), v.maxValue(17_592_186_044_415));
const quotaPct = v.pipe(finite, v.minValue(1), v.maxValue(100 * most));
const quota = v.lazy((input) => {
  if (typeof input !== 'object' || input === null) return quotaPct;
  return table({
    vcpu: v.optional(quotaPct),
    domain: v.optional(quotaPct),
    quota: v.optional(quotaUs),
    period: v.optional(periodUs),
    'global-quota': v.optional(quotaUs),
    'global-period': v.optional(periodUs),
  });
});

const scheduler = v.picklist(['fifo', 'rr']);
const someRealtime = table({
  scheduler,
  vcpus: v.optional(cpuList),
  priority: v.optional(v.pipe(whole, v.minValue(1), v.maxValue(99)), 1),
});
const realtime = v.lazy((input) => {
  if (Array.isArray(input)) return v.array(someRealtime);
  return typeof input === 'object' && input !== null ? someRealtime : scheduler;
});

const memoryModes = ['strict', 'restrictive', 'preferred', 'interleave'] as const;
const memnode = {
  vcpus: cpuList,
  nodeset: cpuList,
  mode: v.optional(v.picklist(memoryModes), 'strict'),
};

const affinityHint = 'Expected a CPU number, a list, "all", "in-turn", or an array of these';
const affinity = v.union([index, v.string()], affinityHint);
const affinities = v.optional(v.union([affinity, v.array(affinity)], affinityHint), 'all');

const partitionName = v.pipe(v.string(), v.regex(/^(\/[\w.-]+)+$/, 'Expected a path such as "/machine/web"'));
/** What libvirt calls the operation of a job during which it takes no other. */
const jobs = ['Outgoing migration', 'Incoming migration', 'Save', 'Dump'] as const;
const jobName = v.picklist(jobs);

const domainGroup = {
  name: v.pipe(v.string(), v.minLength(1)),
  count: v.optional(count, 1),
  uuid: v.optional(v.pipe(v.string(), v.uuid('Expected a UUID'))),
  id: v.optional(index),
  vcpus: v.optional(v.union([count, cpuListText], 'Expected a count or the numbers online, as "0,2,5"'), 1),
  'max-vcpus': v.optional(count),
  affinity: affinities,
  vcpupin: affinities,
  cpuset: v.optional(cpuList),
  numatune: v.optional(
    table({
      mode: v.optional(v.picklist(memoryModes), 'strict'),
      nodeset: cpuList,
    }),
  ),
  metadata: v.optional(
    table({
      managed: v.optional(v.picklist(['yes', 'no'])),
      cpus: v.optional(cpuList),
      priority: v.optional(whole),
    }),
  ),
  demand,
  ...wobble,
  cycle: v.optional(spanSeconds),
  shares: v.optional(v.pipe(whole, v.minValue(2), v.maxValue(262_144)), 1024),
  quota: v.optional(quota),
  realtime: v.optional(realtime),
  polling: v.optional(pct),
  emulator: v.optional(demand),
  emulatorpin: v.optional(cpuList),
  'guest-threads': v.optional(v.pipe(whole, v.minValue(1), v.maxValue(most)), 1),
  memnodes: v.optional(v.array(table(memnode), 'Expected an array of tables'), []),
  devices: v.optional(v.union([index, v.array(index)], 'Expected a NUMA cell, or an array of them'), []),
  partition: v.optional(partitionName),
  job: v.optional(v.union([v.boolean(), jobName], `Expected true or ${jobs.join(', ')}`), false),
  'job-wait': v.optional(seconds, 30),
  transient: v.optional(v.boolean(), false),
  state: v.optional(v.picklist(['running', 'paused', 'shutoff']), 'running'),
  start: v.optional(seconds, 0),
  stop: v.optional(seconds),
};

const event = {
  at: seconds,
  do: v.picklist([
    'start',
    'stop',
    'restart',
    'suspend',
    'resume',
    'offline',
    'online',
    'background',
    'job',
    'end-job',
  ]),
  domain: v.optional(v.string()),
  pcpu: v.optional(index),
  pcpus: v.optional(cpuList),
  demand: v.optional(oneDemand),
  job: v.optional(jobName),
};

const topology = v.pipe(
  table({
    cells: v.optional(count, 1),
    sockets: v.optional(count, 1),
    dies: v.optional(count, 1),
    cores: count,
    threads: v.optional(count, 1),
    numbering: v.optional(v.picklist(['cores-first', 'siblings-adjacent']), 'cores-first'),
    l3s: v.optional(
      v.union([count, v.array(cpuList)], 'Expected a number in each die, or an array of CPU lists'),
    ),
    clusters: v.optional(count),
    'busy-sibling-speed': v.optional(v.pipe(fraction, v.minValue(0.01))),
  }),
  v.check(
    (given) => pcpusOf(given) <= most,
    ({ input }) => `Expected at most ${most} pCPUs but received ${pcpusOf(input)}`,
  ),
);

export const scenarioSchema = table({
  seed: v.optional(seedNumber, 1),
  duration: v.optional(spanSeconds, 120),
  pcpus: v.optional(count),
  topology: v.optional(topology),
  offline: v.optional(cpuList),
  background: v.optional(tables('background', { pcpus: cpuList, demand, ...wobble }), []),
  capacity: v.optional(v.record(cpuListText, v.pipe(fraction, v.minValue(0.01))), {}),
  partitions: v.optional(tables('partitions', { name: partitionName, cpus: cpuList }), []),
  domains: tables('domains', domainGroup),
  events: v.optional(tables('events', event), []),
});

export type Scenario = v.InferOutput<typeof scenarioSchema>;
export type DomainGroup = Scenario['domains'][number];

function isCpuList(text: string): boolean {
  try {
    return parseCpuList(text).length > 0;
  } catch {
    return false;
  }
}

function pcpusOf(topology: Readonly<Record<(typeof factors)[number], number>>): number {
  return factors.reduce((product, key) => product * topology[key], 1);
}

const factors = ['cells', 'sockets', 'dies', 'cores', 'threads'] as const;

/** A table that has these keys, and no other. */
function table<const E extends v.ObjectEntries>(entries: E) {
  return v.strictObject(entries, (issue) => {
    // The key is the last part of the path, whether it is missing or one too many.
    if (issue.expected === 'Object') return `Expected a table but received ${issue.received}`;
    if (issue.expected !== 'never') return 'the key is missing';
    return `there is no such key${didYouMean(String(issue.path?.at(-1)?.key), Object.keys(entries))}`;
  });
}

/** Tables below lines with the name in two brackets. */
function tables<const E extends v.ObjectEntries>(name: string, entries: E) {
  return v.array(table(entries), `Expected tables, each below a line [[${name}]] with two brackets`);
}
