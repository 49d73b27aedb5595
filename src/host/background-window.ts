import type { CpuSet } from '../model/cpu-set.ts';
import { groupBy } from '../model/group-by.ts';

/** What a pCPU did within a window, on its own clock. */
export type BusyPcpu = {
  /** per cent of its time in which it ran anything, guests included */
  readonly busyPct: number;
  /** how far its clock went: less than the window where a hypervisor below took time from it */
  readonly clockMs: number;
};

/** What a vCPU did within a window. */
export type RanVcpu = {
  /** the online pCPUs that it may run on; the same object for the same pCPUs */
  readonly mask: CpuSet;
  /** what its thread ran, halt polling included, and nothing of what it waited; undefined where that is not known */
  readonly ranMs: number | undefined;
  /** what its thread waited for a pCPU; undefined where that is not known */
  readonly waitedMs?: number | undefined;
};

/**
 * What each pCPU ran within a window besides vCPUs, in per cent of its time. A pCPU of which that cannot be told is
 * not in the result.
 *
 * A vCPU that is pinned to one pCPU ran there. One that may run on several ran somewhere within its mask: the pCPUs
 * that masks join are a group, whose sum is exact and is spread by what the pinned vCPUs leave of each pCPU. One that
 * may run on every online pCPU can have run on any, and is taken off each group: what is left is a lower bound. But while a
 * vCPU that is pinned to a pCPU that is never idle wants to run, who else runs there waits as long as that one does: no
 * more than it has waited is taken off for that time. A lower bound is also what is left of a pCPU of a group that is
 * not known as a whole. No pCPU gets more than it was busy.
 */
export function backgroundWithin(
  busy: ReadonlyMap<number, BusyPcpu>,
  ran: readonly RanVcpu[],
  online: CpuSet,
  windowMs: number,
): ReadonlyMap<number, number> {
  const { pinned, wanted, masked, anywhere, unknown } = sortOut(ran, online);
  const anywhereOn = ([first, ...others]: readonly Left[]) => {
    if (first === undefined || others.length > 0 || (busy.get(first.pcpu)?.busyPct ?? 0) < neverIdlePct)
      return anywhere.ranMs;
    const aloneMs = Math.max(0, windowMs - (wanted.get(first.pcpu) ?? 0));
    return Math.min(anywhere.ranMs, anywhere.waitedMs + aloneMs);
  };
  const sharePct = (ms: number, clockMs: number) => (100 * ms) / Math.min(windowMs, clockMs);
  const left = new Map<number, Left>();
  for (const [pcpu, { busyPct, clockMs }] of busy) {
    if (unknown.has(pcpu)) continue;
    left.set(pcpu, { pcpu, clockMs, leftPct: busyPct - sharePct(pinned.get(pcpu) ?? 0, clockMs) });
  }
  const background = new Map<number, number>();
  for (const { pcpus, ranMs } of groupsOf([...busy.keys()], masked)) {
    const members = pcpus.flatMap((pcpu) => left.get(pcpu) ?? []);
    const isWhole = members.length === pcpus.length;
    const shares = isWhole
      ? spread(
          members,
          sum(members, ({ leftPct }) => leftPct) - sharePct(ranMs + anywhereOn(members), meanClock(members)),
        )
      : members.map((member) => {
          const { pcpu, clockMs, leftPct } = member;
          const mine = [...masked].filter(([mask]) => mask.includes(pcpu));
          return leftPct - sharePct(sum(mine, ([, ms]) => ms) + anywhereOn([member]), clockMs);
        });
    members.forEach(({ pcpu }, i) => void background.set(pcpu, Math.max(0, shares[i] ?? 0)));
  }
  return background;
}

/** Per cent of its time: what is idle for more is not what a vCPU waits for. */
const neverIdlePct = 98;

/** What the vCPUs that are pinned to a pCPU alone leave of the time that it was busy. */
type Left = { readonly pcpu: number; readonly clockMs: number; readonly leftPct: number };

/** What vCPUs that may run on the same several pCPUs ran together, by the mask; masks are told apart by identity. */
type Masked = ReadonlyMap<CpuSet, number>;

/** By where they may run: on one pCPU, on several, anywhere; and the pCPUs of those of which it is not known. */
function sortOut(ran: readonly RanVcpu[], online: CpuSet) {
  const pinned = new Map<number, number>();
  const masked = new Map<CpuSet, number>();
  const unknown = new Set<number>();
  /** by pCPU, for how long one that is pinned there wanted to run: the longest */
  const wanted = new Map<number, number>();
  const anywhere = { ranMs: 0, waitedMs: 0 };
  for (const { mask, ranMs, waitedMs } of ran) {
    const [first] = mask;
    if (ranMs === undefined) for (const pcpu of mask) unknown.add(pcpu);
    else if (first === undefined || mask.length >= online.length) {
      anywhere.ranMs += ranMs;
      anywhere.waitedMs += Math.min(ranMs, waitedMs ?? ranMs);
    } else if (mask.length === 1) {
      pinned.set(first, (pinned.get(first) ?? 0) + ranMs);
      wanted.set(first, Math.max(wanted.get(first) ?? 0, ranMs + (waitedMs ?? 0)));
    } else masked.set(mask, (masked.get(mask) ?? 0) + ranMs);
  }
  return { pinned, wanted, masked, anywhere, unknown };
}

type Group = { readonly pcpus: CpuSet; readonly ranMs: number };

/** The pCPUs that masks join, each group with what the masked vCPUs ran in it; a pCPU in no mask is one by itself. */
function groupsOf(pcpus: CpuSet, masked: Masked): readonly Group[] {
  const parents = new Map<number, number>();
  const rootOf = (pcpu: number): number => {
    let root = pcpu;
    for (let up = parents.get(root); up !== undefined; up = parents.get(root)) root = up;
    // Long ways up are shortened, or those of large masks would be walked again and again.
    for (let each = pcpu; each !== root; ) {
      const up = parents.get(each) ?? root;
      parents.set(each, root);
      each = up;
    }
    return root;
  };
  for (const mask of masked.keys()) {
    const root = rootOf(mask[0] ?? 0);
    for (const pcpu of mask) {
      const other = rootOf(pcpu);
      if (other !== root) parents.set(other, root);
    }
  }
  const ranMs = new Map<number, number>();
  for (const [mask, ms] of masked) {
    const root = rootOf(mask[0] ?? 0);
    ranMs.set(root, (ranMs.get(root) ?? 0) + ms);
  }
  const all = new Set([...pcpus, ...[...masked.keys()].flat()]);
  return [...groupBy(all, rootOf)].map(([root, members]) => ({
    pcpus: members,
    ranMs: ranMs.get(root) ?? 0,
  }));
}

/** Divides what is left of a group by what is left of each of its pCPUs. */
function spread(members: readonly Left[], totalPct: number): readonly number[] {
  const weights = members.map(({ leftPct }) => Math.max(0, leftPct));
  const weight = sum(weights, (each) => each);
  return weights.map((each) => (totalPct <= 0 || weight === 0 ? 0 : (totalPct * each) / weight));
}

function meanClock(members: readonly Left[]): number {
  return sum(members, ({ clockMs }) => clockMs) / members.length;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
