import * as v from 'valibot';
import { parseCpuList } from '../../model/cpu-set.ts';

/** What a scenario file may hold; fixtures/scenarios/README.md describes each key. Times are seconds. */
const seconds = v.pipe(v.number(), v.minValue(0));
const spanSeconds = v.pipe(v.number(), v.minValue(0.001));
const pct = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096));
const index = v.pipe(v.number(), v.integer(), v.minValue(0));
const seedNumber = v.pipe(v.number(), v.integer());

const cpuListText = v.pipe(v.string(), v.check(isCpuList, 'Expected a CPU list such as "0-3,8"'));
const cpuList = v.union([index, cpuListText], 'Expected a CPU number or a list such as "0-3,8"');

const steps = v.strictObject({
  steps: v.pipe(v.array(v.tuple([seconds, pct])), v.minLength(1)),
  repeat: v.optional(spanSeconds),
});
const square = v.strictObject({
  high: pct,
  low: v.optional(pct, 0),
  period: spanSeconds,
  duty: v.optional(fraction, 0.5),
  phase: v.optional(v.union([fraction, v.literal('spread')], 'Expected 0 to 1 or "spread"'), 0),
});
const trace = v.strictObject({
  trace: v.string(),
  column: v.optional(v.union([index, v.string()], 'Expected a column number or name'), 'in-turn'),
  row: spanSeconds,
  scale: v.optional(v.pipe(v.number(), v.minValue(0)), 1),
});
const oneDemand = v.lazy((input) => {
  if (typeof input !== 'object' || input === null) return pct;
  if ('steps' in input) return steps;
  return 'trace' in input ? trace : square;
});

const affinityHint = 'Expected a CPU number, a list, "all", "in-turn", or an array of these';
const affinity = v.union([index, v.string()], affinityHint);
const affinities = v.optional(v.union([affinity, v.array(affinity)], affinityHint), 'all');

const domainGroup = v.strictObject({
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
    v.strictObject({
      mode: v.optional(v.picklist(['strict', 'restrictive', 'preferred', 'interleave']), 'strict'),
      nodeset: cpuList,
    }),
  ),
  metadata: v.optional(
    v.strictObject({
      managed: v.optional(v.picklist(['yes', 'no'])),
      cpus: v.optional(cpuList),
      priority: v.optional(v.pipe(v.number(), v.integer())),
    }),
  ),
  demand: v.lazy((input) => (Array.isArray(input) ? v.pipe(v.array(oneDemand), v.minLength(1)) : oneDemand)),
  noise: v.optional(pct, 0),
  jitter: v.optional(fraction, 0),
  'noise-every': v.optional(spanSeconds, 1),
  cycle: v.optional(spanSeconds),
  shares: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(262_144)), 1024),
  transient: v.optional(v.boolean(), false),
  state: v.optional(v.picklist(['running', 'paused', 'shutoff']), 'running'),
  start: v.optional(seconds, 0),
  stop: v.optional(seconds),
});

const event = v.strictObject({
  at: seconds,
  do: v.picklist(['start', 'stop', 'restart', 'suspend', 'resume', 'offline', 'online']),
  domain: v.optional(v.string()),
  pcpu: v.optional(index),
});

export const scenarioSchema = v.strictObject({
  seed: v.optional(seedNumber, 1),
  duration: v.optional(spanSeconds, 120),
  pcpus: v.optional(count),
  topology: v.optional(
    v.strictObject({
      cells: v.optional(count, 1),
      sockets: v.optional(count, 1),
      dies: v.optional(count, 1),
      cores: count,
      threads: v.optional(count, 1),
      numbering: v.optional(v.picklist(['cores-first', 'siblings-adjacent']), 'cores-first'),
    }),
  ),
  offline: v.optional(cpuList),
  background: v.optional(
    v.array(v.strictObject({ pcpus: cpuList, demand: pct, noise: v.optional(pct, 0) })),
    [],
  ),
  domains: v.array(domainGroup),
  events: v.optional(v.array(event), []),
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
