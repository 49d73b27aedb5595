import type { Scope } from '../../balance/measure.ts';
import { type CpuSet, sameCpus } from '../../model/cpu-set.ts';
import { vcpuKey } from '../../model/load.ts';
import type { Plan } from '../../model/plan.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Host } from '../host.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { partition } from './partition.ts';
import { loadsOf, type Steer, usableCpus } from './replay.ts';
import { backgroundLoads, type TrueDemand, trueDemands } from './true-demand.ts';

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

/**
 * Knows what every vCPU is going to want in the cycle that begins, and divides it anew each time. The noise, drawn
 * anew in each cycle, it does not know: nobody can, and the best spread leaves it out too.
 */
export function oracle(): (division: Division) => ReadonlyMap<string, CpuSet> {
  let last: { readonly division: Division; readonly pins: ReadonlyMap<string, CpuSet> } | undefined;
  return (division) => {
    const { pcpus, movable, base } = division;
    if (last !== undefined && isSame(last.division, division)) return last.pins;
    const { places } = partition(
      movable.map(({ steadyPct }) => steadyPct),
      base,
    );
    const pins = new Map(movable.map(({ key }, i): [string, CpuSet] => [key, [pcpus[places[i] ?? 0] ?? 0]]));
    last = { division, pins };
    return pins;
  };
}

/** What there is to be divided in a cycle. */
export type Division = {
  readonly pcpus: CpuSet;
  /** of all vCPUs, in the host's order */
  readonly demands: readonly TrueDemand[];
  /** those of them that may be moved */
  readonly movable: readonly TrueDemand[];
  /** what the others, and the host itself, put on each pCPU, noise left out */
  readonly base: readonly number[];
};

/** Whether the same is to be divided, noise left out. */
export function isSame(a: Division, b: Division): boolean {
  return (
    a.demands.length === b.demands.length &&
    sameCpus(a.pcpus, b.pcpus) &&
    a.base.every((pct, i) => pct === b.base[i]) &&
    a.demands.every(
      ({ key, steadyPct }, i) => key === b.demands[i]?.key && steadyPct === b.demands[i].steadyPct,
    )
  );
}

export function divisionOf(host: Host, intervalMs: number, scope: Scope): Division {
  const pcpus = usableCpus(host, scope);
  const demands = trueDemands(host, intervalMs * 1e6);
  const isFixed = new Set(
    host.domains.filter((domain) => scope.exclusion(domain) !== undefined).map(({ uuid }) => uuid),
  );
  const inTheWay = demands.filter(({ uuid }) => isFixed.has(uuid));
  return {
    pcpus,
    demands,
    movable: demands.filter(({ uuid }) => !isFixed.has(uuid)),
    base: loadsOf([...inTheWay, ...backgroundLoads(host, intervalMs * 1e6)], pcpus),
  };
}
