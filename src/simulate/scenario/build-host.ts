import { type CpuSet, intersect, without } from '../../model/cpu-set.ts';
import { settle } from '../actions.ts';
import type { Background, Host } from '../host.ts';
import { type BuildContext, buildContext, type Path } from './build-context.ts';
import { buildDemand } from './build-demand.ts';
import { buildDomains } from './build-domains.ts';
import { buildEvents } from './build-events.ts';
import { buildTopology } from './build-topology.ts';
import type { Scenario } from './schema.ts';
import type { Trace } from './trace.ts';

/** The host of a scenario at second 0, with what is to happen later as its events. */
export function buildHost(
  scenario: Scenario,
  readTrace: (file: string) => Trace,
  fail: (path: Path, message: string) => never,
): Host {
  if (!scenario.pcpus === !scenario.topology) fail(['pcpus'], 'either pcpus or [topology] is needed');
  const topology = buildTopology(scenario, (all) => l3Lists(scenario, buildContext(all, readTrace, fail)));
  const allCpus = topology.map(({ id }) => id);
  const context = buildContext(allCpus, readTrace, fail);
  const offline = scenario.offline === undefined ? [] : context.cpus(['offline'], scenario.offline);
  if (offline.length === allCpus.length) fail(['offline'], 'one CPU at least has to be online');
  const online = without(allCpus, offline);
  const domains = buildDomains(scenario, context);
  return settle({
    seed: scenario.seed,
    nowNs: 0,
    topology,
    online,
    background: buildBackground(scenario, context),
    ...buildCapacity(scenario, context),
    ...buildPartitions(scenario, online, context),
    domains,
    nextId: Math.max(0, ...domains.map(({ id }) => id ?? 0)) + 1,
    events: buildEvents(scenario, online, new Map(domains.map(({ name, uuid }) => [name, uuid])), context),
  });
}

/** No pCPU has two L3 caches. */
function l3Lists({ topology }: Scenario, context: BuildContext): readonly CpuSet[] {
  const { l3s } = topology ?? {};
  if (typeof l3s === 'number' || l3s === undefined) return [];
  const lists = l3s.map((list, i) => context.cpus(['topology', 'l3s', i], list));
  const twice = lists.findIndex((list, i) =>
    lists.slice(0, i).some((earlier) => intersect(earlier, list).length > 0),
  );
  if (twice >= 0) context.fail(['topology', 'l3s', twice], 'a CPU is in two of the lists');
  return lists;
}

function buildBackground(scenario: Scenario, context: BuildContext): readonly Background[] {
  return scenario.background.flatMap((group, b) => {
    const pcpus = context.cpus(['background', b, 'pcpus'], group.pcpus);
    return pcpus.map((pcpu, i) => ({
      pcpu,
      demand: context.attempt(['background', b, 'demand'], () =>
        buildDemand(group, i, pcpus.length, context.readTrace),
      ),
    }));
  });
}

/** Only what is not as usual is in it. */
function buildCapacity(
  scenario: Scenario,
  context: BuildContext,
): Pick<Host, 'capacity' | 'busySiblingSpeed'> {
  const shares = new Map(
    Object.entries(scenario.capacity).flatMap(([list, share]) =>
      context.cpus(['capacity'], list).map((pcpu) => [pcpu, share] as const),
    ),
  );
  const capacity = [...shares].map(([pcpu, share]) => ({ pcpu, share })).sort((a, b) => a.pcpu - b.pcpu);
  const { 'busy-sibling-speed': speed = 1 } = scenario.topology ?? {};
  return {
    ...(capacity.length > 0 && { capacity }),
    ...(speed < 1 && { busySiblingSpeed: speed }),
  };
}

function buildPartitions(
  scenario: Scenario,
  online: CpuSet,
  context: BuildContext,
): Pick<Host, 'partitions'> {
  if (scenario.partitions.length === 0) return {};
  const partitions = scenario.partitions.map(({ name, cpus: list }, p) => {
    const cpus = context.cpus(['partitions', p, 'cpus'], list);
    if (intersect(cpus, online).length === 0)
      context.fail(['partitions', p, 'cpus'], 'one CPU at least has to be online');
    return { name, cpus };
  });
  return { partitions };
}
