import { type Demand, demandAt } from './demand.ts';
import type { Host } from './host.ts';
import type { Speed } from './runner.ts';

type Runs = { readonly demand: Demand; readonly seed: number };

/**
 * How fast each pCPU is: its capacity and, where a scenario says that busy threads slow one another down, less while
 * the others of its core are busy. They are as busy as what is there wants, at most all the time: what they get of it
 * would depend on this one again.
 * @param lists what is on each pCPU that is online
 */
export function pcpuSpeeds(host: Host, lists: ReadonlyMap<number, readonly Runs[]>) {
  const capacities = new Map(host.capacity?.map(({ pcpu, share }) => [pcpu, share]));
  const { busySiblingSpeed = 1 } = host;
  const siblings = new Map(host.topology.map(({ id, siblings: all }) => [id, all]));

  return (pcpu: number): { readonly capacity: number; readonly speedAt: (nowNs: number) => Speed } => {
    const capacity = capacities.get(pcpu) ?? 1;
    const others = (siblings.get(pcpu) ?? []).filter((other) => other !== pcpu && lists.has(other));
    if (busySiblingSpeed === 1 || others.length === 0) {
      const always = { share: capacity, untilNs: Number.POSITIVE_INFINITY };
      return { capacity, speedAt: () => always };
    }
    const speedAt = (nowNs: number): Speed => {
      let busiest = 0;
      let untilNs = Number.POSITIVE_INFINITY;
      for (const other of others) {
        const level = wantedAt(lists.get(other) ?? [], nowNs);
        busiest = Math.max(busiest, level.part);
        untilNs = Math.min(untilNs, level.untilNs);
      }
      return { share: capacity * (1 - (1 - busySiblingSpeed) * busiest), untilNs };
    };
    return { capacity, speedAt };
  };
}

function wantedAt(
  seats: readonly Runs[],
  nowNs: number,
): { readonly part: number; readonly untilNs: number } {
  let part = 0;
  let untilNs = Number.POSITIVE_INFINITY;
  for (const { demand, seed } of seats) {
    const level = demandAt(demand, nowNs, seed);
    part += level.pct / 100;
    untilNs = Math.min(untilNs, level.untilNs);
  }
  return { part: Math.min(1, part), untilNs };
}
