import { type CpuSet, cpuSet, without } from '../../model/cpu-set.ts';
import type { HostEvent } from '../host.ts';
import type { BuildContext } from './build-context.ts';
import { buildDemand, steady } from './build-demand.ts';
import { nameOf } from './build-domains.ts';
import type { Scenario } from './schema.ts';

/**
 * What is to happen and when: the `start` and `stop` of the groups, and the `[[events]]`.
 * @param online the pCPUs at the start
 */
export function buildEvents(
  scenario: Scenario,
  online: CpuSet,
  uuidOfName: ReadonlyMap<string, string>,
  context: BuildContext,
): readonly HostEvent[] {
  const needed = <T>(
    value: T | undefined,
    e: number,
    key: 'domain' | 'pcpu' | 'pcpus' | 'demand',
    kind: string,
  ): T => value ?? context.fail(['events', e, key], `the key is missing, and "${kind}" needs it`);
  const uuid = (name: string, e: number): string =>
    uuidOfName.get(name) ?? context.fail(['events', e, 'domain'], `there is no domain '${name}'`);

  const groups = scenario.domains.flatMap((group): HostEvent[] =>
    Array.from({ length: group.count }, (_, i) => uuidOfName.get(nameOf(group, i)) ?? '').flatMap((each) => [
      ...(group.start > 0 ? [{ kind: 'start', atNs: toNs(group.start), uuid: each } as const] : []),
      ...(group.stop !== undefined ? [{ kind: 'stop', atNs: toNs(group.stop), uuid: each } as const] : []),
    ]),
  );
  const listed = scenario.events.map((event, e): HostEvent => {
    const atNs = toNs(event.at);
    if (event.do === 'background') {
      const pcpus = context.cpus(['events', e, 'pcpus'], needed(event.pcpus, e, 'pcpus', event.do));
      const given = steady(needed(event.demand, e, 'demand', event.do));
      const demand = context.attempt(['events', e, 'demand'], () =>
        buildDemand(given, 0, 1, context.readTrace),
      );
      return { kind: event.do, atNs, pcpus, demand };
    }
    if (event.do !== 'offline' && event.do !== 'online') {
      const of = { atNs, uuid: uuid(needed(event.domain, e, 'domain', event.do), e) };
      if (event.do !== 'job') return { kind: event.do, ...of };
      return { kind: event.do, ...of, operation: event.job ?? 'Outgoing migration' };
    }
    const [pcpu = 0] = context.cpus(['events', e, 'pcpu'], needed(event.pcpu, e, 'pcpu', event.do));
    return { kind: event.do, atNs, pcpu };
  });
  const last = takesTheLast(listed, online);
  if (last !== undefined) context.fail(['events', last, 'pcpu'], 'the last CPU cannot go offline');
  return [...groups, ...listed].sort(byTime);
}

/** The number of the event that would leave the host without a CPU, as Linux does not let happen, if there is one. */
function takesTheLast(events: readonly HostEvent[], online: CpuSet): number | undefined {
  let left = online;
  const inTurn = events.map((event, e) => ({ event, e })).sort((a, b) => byTime(a.event, b.event));
  for (const { event, e } of inTurn) {
    if (event.kind === 'online') left = cpuSet([...left, event.pcpu]);
    if (event.kind === 'offline') left = without(left, [event.pcpu]);
    if (left.length === 0) return e;
  }
  return undefined;
}

/** At the same time as they are listed. */
function byTime(a: HostEvent, b: HostEvent): number {
  return a.atNs - b.atNs;
}

function toNs(seconds: number): number {
  return Math.round(seconds * 1e9);
}
