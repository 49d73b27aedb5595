import type { Scope } from '../../balance/measure.ts';
import type { CpuSet } from '../../model/cpu-set.ts';
import { vcpuKey } from '../../model/load.ts';
import type { Plan } from '../../model/plan.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Host } from '../host.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { partition } from './partition.ts';
import { type Steer, usableCpus } from './replay.ts';
import { backgroundDemands, trueDemands } from './true-demand.ts';

/** Steers as `watch` does: a sample each cycle, and from the second on a plan for what lies between two. */
export function steerByPolicy(plan: (before: Snapshot, after: Snapshot) => Plan): Steer {
  let before: Snapshot | undefined;
  return (host) => {
    const after = snapshotOf(host);
    const moves = before === undefined ? [] : plan(before, after).moves;
    before = after;
    return new Map(moves.map((move) => [vcpuKey(move), move.to]));
  };
}

/** Knows what every vCPU is going to want in the cycle that begins, and divides it anew each time. */
export function steerByOracle(intervalMs: number, scope: Scope): Steer {
  return (host) => {
    const pcpus = usableCpus(host, scope);
    const demands = trueDemands(host, intervalMs * 1e6);
    const isFixed = fixedDomains(host, scope);
    const inTheWay = [
      ...demands.filter(({ uuid }) => isFixed.has(uuid)),
      ...backgroundDemands(host, intervalMs * 1e6),
    ];
    const base = new Map(pcpus.map((pcpu) => [pcpu, 0]));
    for (const { pcpu, pct } of inTheWay) {
      if (base.has(pcpu)) base.set(pcpu, (base.get(pcpu) ?? 0) + pct);
    }
    const movable = demands.filter(({ uuid }) => !isFixed.has(uuid));
    const { places } = partition(
      movable.map(({ pct }) => pct),
      [...base.values()],
      (loads) => loads.every((load) => load <= 100),
    );
    return new Map(movable.map(({ key }, i): [string, CpuSet] => [key, [pcpus[places[i] ?? 0] ?? 0]]));
  };
}

/** UUIDs of the domains that must stay as they are. */
export function fixedDomains(host: Host, { exclusion }: Scope): ReadonlySet<string> {
  return new Set(host.domains.filter((domain) => exclusion(domain) !== undefined).map(({ uuid }) => uuid));
}
