import type { HostEvent } from '../host.ts';
import type { BuildContext } from './build-context.ts';
import { nameOf } from './build-domains.ts';
import type { Scenario } from './schema.ts';

/** What is to happen and when: the `start` and `stop` of the groups, and the `[[events]]`. */
export function buildEvents(
  scenario: Scenario,
  uuidOfName: ReadonlyMap<string, string>,
  context: BuildContext,
): readonly HostEvent[] {
  const uuid = (name: string | undefined, e: number): string =>
    uuidOfName.get(name ?? '') ?? context.fail(['events', e, 'domain'], `there is no domain '${name ?? ''}'`);

  const groups = scenario.domains.flatMap((group): HostEvent[] =>
    Array.from({ length: group.count }, (_, i) => uuidOfName.get(nameOf(group, i)) ?? '').flatMap((each) => [
      ...(group.start > 0 ? [{ kind: 'start', atNs: toNs(group.start), uuid: each } as const] : []),
      ...(group.stop !== undefined ? [{ kind: 'stop', atNs: toNs(group.stop), uuid: each } as const] : []),
    ]),
  );
  const listed = scenario.events.map((event, e): HostEvent => {
    const atNs = toNs(event.at);
    if (event.do !== 'offline' && event.do !== 'online') {
      return { kind: event.do, atNs, uuid: uuid(event.domain, e) };
    }
    const [pcpu = 0] = context.cpus(['events', e, 'pcpu'], event.pcpu ?? '');
    return { kind: event.do, atNs, pcpu };
  });
  return [...groups, ...listed].sort((a, b) => a.atNs - b.atNs);
}

function toNs(seconds: number): number {
  return Math.round(seconds * 1e9);
}
