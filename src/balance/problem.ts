import type { CpuGroup } from '../model/cpu-groups.ts';
import type { VcpuLoad } from '../model/host-load.ts';
import { memoized } from '../model/memoized.ts';
import { tuning } from './tuning.ts';

/**
 * A host, or a part of it that is balanced for itself, as plain numbers. Groups of pCPUs and vCPUs are counted by their
 * position; vCPUs are ascending by UUID, then number, so that those of a domain stand together.
 */
export type Problem = {
  readonly groups: readonly CpuGroup[];
  readonly vcpus: readonly VcpuLoad[];
  /** of each group, what it can do: 1 is one usual pCPU */
  readonly capacity: Float64Array;
  /**
   * of each group, points that it carries besides vCPUs; what it carries whatever is planned, with the vCPUs that go on
   * floating; and what of that would go where there is more room
   */
  readonly background: Float64Array;
  readonly carried: Float64Array;
  readonly floatingLoad: Float64Array;
  /** of each group, the other threads of its core */
  readonly threads: readonly (readonly number[])[];
  /** of each group, its part of a load that all share evenly: a thread has less, as the others of its core take from it */
  readonly share: Float64Array;
  /** of each vCPU, in points: the open reading, which plans are made on, the closed one, and the error of the first */
  readonly demand: Float64Array;
  readonly closed: Float64Array;
  readonly stdError: Float64Array;
  /** the group that carries it now; NOWHERE for one that goes on floating: where it was last seen is chance */
  readonly origin: Int32Array;
  /** `alone`: it may be moved; `together`: with the others of its guest core only; 0: it may not be */
  readonly movable: Uint8Array;
  /**
   * `floating` or `misplaced`: it is to get a group, which costs no price; `leaving`: it gets one in another part of the
   * host; 0: it has one
   */
  readonly unplaced: Uint8Array;
  /** what one pin of it counts as: 1 plus its priority, at least 0 */
  readonly pinWeight: Float64Array;
  /** the position of the first vCPU of its domain; NOWHERE where it is the only one */
  readonly domain: Int32Array;
  /** a mask over the groups; vCPUs that may use the same share one */
  readonly allowedGroups: Uint8Array[];
  /** the groups that it may run on as long as it floats; undefined: it does not */
  readonly runGroups: readonly (Uint8Array | undefined)[];
  /** the groups of those among which one that has none gets its first; undefined: all of them */
  readonly firstGroups: (Uint8Array | undefined)[];
  /** why it is not moved, and why it has to leave its NUMA cell; undefined where there is no reason */
  readonly heldReasons: (string | undefined)[];
  readonly crossingReasons: (string | undefined)[];
  /** what a domain is better kept within, besides NUMA cells */
  readonly levels: readonly Level[];
  /** vCPUs by demand, then position */
  readonly byDemand: Int32Array;
};

/** Zones such as L3 caches: of each group the zone, and how many pCPUs that has in all. */
export type Level = { readonly zoneOf: Int32Array; readonly cpusOf: Int32Array };

export const NOWHERE = -1;
/** Of `movable`: for itself, or with the others of its guest core. */
export const [alone, together] = [1, 2] as const;
/** Of `unplaced`: may run on several groups, all of them allowed; or where it is not allowed to; or is only still here. */
export const [floating, misplaced, leaving] = [1, 2, 3] as const;

/** Of each vCPU the position of the first of its domain; NOWHERE where it is the only one. */
export function domainsOf(vcpus: readonly VcpuLoad[]): Int32Array {
  const domain = new Int32Array(vcpus.length).fill(NOWHERE);
  for (let v = 1; v < vcpus.length; v++) {
    if (vcpus[v - 1]?.domain.uuid !== vcpus[v]?.domain.uuid) continue;
    if (domain[v - 1] === NOWHERE) domain[v - 1] = v - 1;
    domain[v] = domain[v - 1] as number;
  }
  return domain;
}

/** The group by which it is told to which part of the host a vCPU belongs: the one it is on, or the first it may get. */
export function homeOf({ movable, unplaced, origin, allowedGroups }: Problem, v: number): number {
  const mayStay = movable[v] === 0 || unplaced[v] === 0;
  return mayStay ? (origin[v] as number) : (allowedGroups[v] as Uint8Array).indexOf(1);
}

/** What some groups, or some vCPUs, have in all. */
export function sumOf(values: Float64Array, positions: readonly number[]): number {
  return positions.reduce((sum, position) => sum + (values[position] as number), 0);
}

/**
 * Nothing goes where the host itself takes nearly all: what takes all that it gets may want any more. That is no limit
 * for what may go nowhere else.
 */
export function closeFullGroups({ allowedGroups, background, capacity }: Problem): void {
  const isFull = Uint8Array.from(background, (points, group) =>
    Number(points >= (100 - tuning.minBandPoints) * (capacity[group] as number)),
  );
  if (!isFull.includes(1)) return;
  const openOf = memoized((mask: Uint8Array) => {
    const open = mask.map((may, group) => may & ~(isFull[group] as number));
    return open.includes(1) ? open : mask;
  });
  for (const [v, mask] of allowedGroups.entries()) allowedGroups[v] = openOf(mask);
}
