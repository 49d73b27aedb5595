import type { CpuSet } from '../model/cpu-set.ts';
import type { HostLoad, VcpuLoad } from '../model/load.ts';
import { tuning } from './constants.ts';
import type { CpuGroup } from './cpu-groups.ts';
import type { Estimates } from './estimate.ts';

/**
 * A host, or a part of it that is balanced for itself, as plain numbers. Groups of pCPUs and vCPUs are counted by their
 * position; vCPUs are ascending by UUID, then number, so that those of a domain stand together.
 */
export type Problem = {
  readonly groups: readonly CpuGroup[];
  readonly vcpus: readonly VcpuLoad[];
  /** of each group, what it can do: 1 is one usual pCPU */
  readonly capacity: Float64Array;
  /** of each group, points that it carries besides vCPUs */
  readonly background: Float64Array;
  /** of each group, the other threads of its core */
  readonly threads: readonly (readonly number[])[];
  /** of each group, its part of a load that all share evenly: a thread has less, as the others of its core take from it */
  readonly share: Float64Array;
  /** of each vCPU, what plans are made on, in points: the open reading */
  readonly demand: Float64Array;
  /** the closed reading */
  readonly closed: Float64Array;
  /** the standard error of the demand */
  readonly stdError: Float64Array;
  /** the group that carries it now, or NOWHERE */
  readonly origin: Int32Array;
  /** `alone`: it may be moved; `together`: with the others of its guest core only; 0: it may not be */
  readonly movable: Uint8Array;
  /** `floating` or `misplaced`: it is to get a group, which costs no price; 0: it has one */
  readonly unplaced: Uint8Array;
  /** what one pin of it counts as: 1 plus its priority, at least 0 */
  readonly pinWeight: Float64Array;
  /** a number for each domain; NOWHERE where it is the only vCPU of its domain */
  readonly domain: Int32Array;
  /** of each vCPU a mask over the groups; vCPUs that may use the same share one */
  readonly allowedGroups: Uint8Array[];
  /** why it is not moved; undefined where it may be */
  readonly heldReasons: (string | undefined)[];
  /** why it has to leave its NUMA cell; undefined where it does not */
  readonly crossingReasons: (string | undefined)[];
  /** what a domain is better kept within, besides NUMA cells */
  readonly levels: readonly Level[];
  /** vCPUs by demand, then position, and the rank of each in that order */
  readonly byDemand: Int32Array;
  readonly rank: Int32Array;
};

/** Zones such as L3 caches: of each group the zone, and how many pCPUs that has in all. */
export type Level = { readonly zoneOf: Int32Array; readonly cpusOf: Int32Array };

export const NOWHERE = -1;

/** Of `movable`: for itself. */
export const alone = 1;

/** Of `movable`: with the others of its guest core. */
export const together = 2;

/** Of `unplaced`: may run on pCPUs of several groups, all of them allowed. */
export const floating = 1;

/** Of `unplaced`: may run where it is not allowed to. */
export const misplaced = 2;

/** @param vcpus in order, as the estimates are */
export function createProblem(
  host: HostLoad,
  groups: readonly CpuGroup[],
  vcpus: readonly VcpuLoad[],
  { openLoopPct, closedLoopPct, stdErrorPct }: Estimates,
  levels: readonly Level[] = [],
): Problem {
  const groupOf = groupsByCpu(host.pcpus, groups);
  const viewOf = cpuSetViews(groups.length, groupOf);
  const n = vcpus.length;
  const origin = new Int32Array(n);
  const unplaced = new Uint8Array(n);
  const movable = new Uint8Array(n);
  const pinWeight = new Float64Array(n);
  const allowedGroups: Uint8Array[] = new Array(n);
  const heldReasons: (string | undefined)[] = new Array(n);
  for (let v = 0; v < n; v++) {
    const vcpu = vcpus[v] as VcpuLoad;
    const { affinity, lastPcpu } = vcpu.placement;
    const allowed = viewOf(vcpu.allowed);
    const first = affinity[0] ?? NOWHERE;
    const isSingle = affinity.length === 1;
    const only = isSingle ? (groupOf[first] ?? NOWHERE) : viewOf(affinity).only;
    const isAllowed = isSingle ? allowed.has[first] === 1 : isWithin(viewOf(affinity), allowed);
    const held = reasonToHold(vcpu);
    // One that is pinned to a group and halts may have last run elsewhere.
    origin[v] = only === NOWHERE ? (groupOf[lastPcpu] ?? NOWHERE) : only;
    movable[v] = held === undefined ? 1 : 0;
    if (held === undefined) unplaced[v] = isAllowed ? (only === NOWHERE ? floating : 0) : misplaced;
    pinWeight[v] = Math.max(0, 1 + vcpu.priority);
    allowedGroups[v] = allowed.mask;
    heldReasons[v] = held;
  }
  const capacity = new Float64Array(groups.length);
  const background = new Float64Array(groups.length);
  const threads = threadsOf(groups, groupOf);
  const share = new Float64Array(groups.length);
  for (let group = 0; group < groups.length; group++) {
    const { cpus } = groups[group] as CpuGroup;
    for (const cpu of cpus) {
      capacity[group] = (capacity[group] as number) + (host.capacity.get(cpu) ?? 1);
      background[group] = (background[group] as number) + (host.background.get(cpu) ?? 0);
    }
    share[group] = (capacity[group] as number) / (1 + tuning.siblingWeight * (threads[group]?.length ?? 0));
  }
  return {
    groups,
    vcpus,
    capacity,
    background,
    threads,
    share,
    demand: openLoopPct,
    closed: closedLoopPct,
    stdError: stdErrorPct,
    origin,
    movable,
    unplaced,
    pinWeight,
    domain: domainNumbers(vcpus),
    allowedGroups,
    heldReasons,
    crossingReasons: [],
    levels,
    ...ranked(openLoopPct),
  };
}

const none: readonly number[] = [];

function threadsOf(groups: readonly CpuGroup[], groupOf: Int32Array): readonly (readonly number[])[] {
  return groups.map(({ siblings }) =>
    siblings.length === 0 ? none : siblings.flatMap((cpu) => groupOf[cpu] ?? []),
  );
}

/** Positions of values ascending, and the rank of each; of equals the first comes first. */
export function ranked(values: Float64Array): Pick<Problem, 'byDemand' | 'rank'> {
  const byDemand = ascending(values);
  const rank = new Int32Array(values.length);
  for (let i = 0; i < byDemand.length; i++) rank[byDemand[i] as number] = i;
  return { byDemand, rank };
}

/**
 * Positions of values that are not negative, ascending; of equals the first comes first. Numbers that hold the value
 * and the position are sorted without a comparison function, and what rounding has put wrong is put right.
 */
export function ascending(values: Float64Array): Int32Array {
  const count = values.length;
  const positions = 2 ** 20;
  let most = 1e-9;
  for (let i = 0; i < count; i++) if ((values[i] as number) > most) most = values[i] as number;
  const packed = new Float64Array(count);
  for (let i = 0; i < count; i++)
    packed[i] = Math.floor(((values[i] as number) / most) * 2 ** 32) * positions + i;
  packed.sort();
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const own = (packed[i] as number) % positions;
    const value = values[own] as number;
    let at = i;
    for (; at > 0; at--) {
      const other = order[at - 1] as number;
      const otherValue = values[other] as number;
      if (otherValue < value || (otherValue === value && other < own)) break;
      order[at] = other;
    }
    order[at] = own;
  }
  return order;
}

function groupsByCpu(pcpus: CpuSet, groups: readonly CpuGroup[]): Int32Array {
  const groupOf = new Int32Array((pcpus.at(-1) ?? NOWHERE) + 1).fill(NOWHERE);
  for (const [group, { cpus }] of groups.entries()) for (const cpu of cpus) groupOf[cpu] = group;
  return groupOf;
}

function reasonToHold({ fixed, allowed, reading }: VcpuLoad): string | undefined {
  if (fixed !== undefined) return fixed;
  if (allowed.length === 0) return 'there is no pCPU that it may use';
  return reading.kind === 'measured' ? undefined : reading.reason;
}

/** vCPUs of a domain stand together. */
function domainNumbers(vcpus: readonly VcpuLoad[]): Int32Array {
  const numbers = new Int32Array(vcpus.length).fill(NOWHERE);
  for (let v = 1; v < vcpus.length; v++) {
    if (vcpus[v - 1]?.domain.uuid !== vcpus[v]?.domain.uuid) continue;
    if (numbers[v - 1] === NOWHERE) numbers[v - 1] = v - 1;
    numbers[v] = numbers[v - 1] as number;
  }
  return numbers;
}

/** What has to be known of a set of pCPUs. */
type CpuSetView = {
  readonly cpus: CpuSet;
  /** by pCPU */
  readonly has: Uint8Array;
  /** by group */
  readonly mask: Uint8Array;
  /** the only group that it lies in; NOWHERE where it lies in several, or partly in none */
  readonly only: number;
};

/** Most vCPUs of a host have one of few sets: each set is looked at once. */
function cpuSetViews(groupCount: number, groupOf: Int32Array): (set: CpuSet) => CpuSetView {
  const byIdentity = new Map<CpuSet, CpuSetView>();
  const bySample = new Map<number, CpuSetView[]>();
  return (set) => {
    const known = byIdentity.get(set);
    if (known !== undefined) return known;
    const sample = [set.length, set[0] ?? 0, set[set.length >> 1] ?? 0, set.at(-1) ?? 0];
    const key = sample.reduce((sum, each) => sum * 4096 + each, 0);
    const alike = bySample.get(key) ?? [];
    bySample.set(key, alike);
    let view = alike.find(({ cpus }) => cpus.length === set.length && cpus.every((cpu, i) => cpu === set[i]));
    if (view === undefined) {
      view = viewOf(set, groupCount, groupOf);
      alike.push(view);
    }
    byIdentity.set(set, view);
    return view;
  };
}

function viewOf(cpus: CpuSet, groupCount: number, groupOf: Int32Array): CpuSetView {
  const has = new Uint8Array(cpus.reduce((most, cpu) => Math.max(most, cpu), NOWHERE) + 1);
  const mask = new Uint8Array(groupCount);
  let only = groupOf[cpus[0] ?? NOWHERE] ?? NOWHERE;
  for (const cpu of cpus) {
    const group = groupOf[cpu] ?? NOWHERE;
    has[cpu] = 1;
    if (group !== NOWHERE) mask[group] = 1;
    if (group !== only) only = NOWHERE;
  }
  return { cpus, has, mask, only };
}

function isWithin(inner: CpuSetView, outer: CpuSetView): boolean {
  return inner === outer || inner.cpus.every((cpu) => outer.has[cpu] === 1);
}
