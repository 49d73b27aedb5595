import { without } from '../../model/cpu-set.ts';
import { settle } from '../actions.ts';
import type { Background, Host } from '../host.ts';
import { type BuildContext, buildContext, type Path } from './build-context.ts';
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
  const topology = buildTopology(scenario);
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
    domains,
    nextId: Math.max(0, ...domains.map(({ id }) => id ?? 0)) + 1,
    events: buildEvents(scenario, online, new Map(domains.map(({ name, uuid }) => [name, uuid])), context),
  });
}

function buildBackground(scenario: Scenario, context: BuildContext): readonly Background[] {
  return scenario.background.flatMap(({ pcpus, demand, noise }, b) =>
    context.cpus(['background', b, 'pcpus'], pcpus).map((pcpu) => ({
      pcpu,
      demand: { kind: 'noisy', of: { kind: 'constant', pct: demand }, points: noise, share: 0, everyNs: 1e9 },
    })),
  );
}
