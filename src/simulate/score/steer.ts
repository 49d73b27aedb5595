import type { CpuSet } from '../../model/cpu-set.ts';
import { vcpuKey } from '../../model/load.ts';
import type { Plan } from '../../model/plan.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { snapshotOf } from '../snapshot-of.ts';
import type { Division } from './division.ts';
import { partition } from './partition.ts';
import type { Steer } from './replay.ts';

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
 * Knows what every vCPU is going to want in the cycle that begins, and divides it anew. The noise, drawn
 * anew in each cycle, it does not know: nobody can, and the best spread leaves it out too. It pins no vCPU to where a
 * policy may not.
 */
export function oracle({ pcpus, movable, base, allowed, capacity }: Division): ReadonlyMap<string, CpuSet> {
  const { places } = partition(
    movable.map(({ steadyPct }) => steadyPct),
    base,
    allowed,
    capacity,
  );
  // Where no pCPU may be used, none is pinned.
  return new Map(
    movable.flatMap(({ key }, i): [string, CpuSet][] => {
      const pcpu = pcpus[places[i] ?? 0];
      return pcpu === undefined ? [] : [[key, [pcpu]]];
    }),
  );
}
