import type { Estimates } from '../demand/estimate.ts';
import { ascending } from '../model/ascending.ts';
import type { CpuGroup } from '../model/cpu-groups.ts';
import { cpuSetViews, isWithin } from '../model/cpu-set-views.ts';
import type { HostLoad, VcpuLoad } from '../model/host-load.ts';
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
  /** of each group, points that it carries besides vCPUs, and what of that would go where there is more room */
  readonly background: Float64Array;
  readonly floatingLoad: Float64Array;
  /** of each group, the other threads of its core */
  readonly threads: readonly (readonly number[])[];
  /** of each group, its part of a load that all share evenly: a thread has less, as the others of its core take from it */
  readonly share: Float64Array;
  /** of each vCPU, in points: the open reading, which plans are made on, the closed one, and the error of the first */
  readonly demand: Float64Array;
  readonly closed: Float64Array;
  readonly stdError: Float64Array;
  /** the group that carries it now, or NOWHERE */
  readonly origin: Int32Array;
  /** `alone`: it may be moved; `together`: with the others of its guest core only; 0: it may not be */
  readonly movable: Uint8Array;
  /** `floating` or `misplaced`: it is to get a group, which costs no price; 0: it has one */
  readonly unplaced: Uint8Array;
  /** what one pin of it counts as: 1 plus its priority, at least 0 */
  readonly pinWeight: Float64Array;
  /** the position of the first vCPU of its domain; NOWHERE where it is the only one */
  readonly domain: Int32Array;
  /** a mask over the groups; vCPUs that may use the same share one */
  readonly allowedGroups: Uint8Array[];
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
/** Of `unplaced`: may run on several groups, all of them allowed; or where it is not allowed to. */
export const [floating, misplaced] = [1, 2] as const;

/** @param vcpus in order, as the estimates are */
export function createProblem(
  host: HostLoad,
  groups: readonly CpuGroup[],
  vcpus: readonly VcpuLoad[],
  { openLoopPct, closedLoopPct, stdErrorPct }: Estimates,
  levels: readonly Level[] = [],
): Problem {
  const groupOf = new Int32Array((host.pcpus.at(-1) ?? NOWHERE) + 1).fill(NOWHERE);
  for (const [group, { cpus }] of groups.entries()) for (const cpu of cpus) groupOf[cpu] = group;
  const viewOf = cpuSetViews(groups.length, groupOf);
  const [m, n] = [groups.length, vcpus.length];
  const problem = {
    groups,
    vcpus,
    capacity: new Float64Array(m),
    background: new Float64Array(m),
    floatingLoad: new Float64Array(m),
    threads: groups.map(({ siblings }) => siblings.flatMap((cpu) => groupOf[cpu] ?? [])),
    share: new Float64Array(m),
    demand: openLoopPct,
    closed: closedLoopPct,
    stdError: stdErrorPct,
    origin: new Int32Array(n),
    movable: new Uint8Array(n),
    unplaced: new Uint8Array(n),
    pinWeight: new Float64Array(n),
    domain: domainsOf(vcpus),
    allowedGroups: new Array<Uint8Array>(n),
    firstGroups: new Array<Uint8Array | undefined>(n),
    heldReasons: new Array<string | undefined>(n),
    crossingReasons: [],
    levels,
    byDemand: ascending(openLoopPct),
  };
  const { capacity, background, floatingLoad, share } = problem;
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
    problem.origin[v] = only === NOWHERE ? (groupOf[lastPcpu] ?? NOWHERE) : only;
    problem.movable[v] = held === undefined ? alone : 0;
    if (held === undefined && !isAllowed) problem.unplaced[v] = misplaced;
    else if (held === undefined && only === NOWHERE) problem.unplaced[v] = floating;
    problem.pinWeight[v] = Math.max(0, 1 + vcpu.priority);
    problem.allowedGroups[v] = allowed.mask;
    problem.heldReasons[v] = held;
  }
  const fixed = (cpu: number) => (host.background.get(cpu) ?? 0) - (host.floating.get(cpu) ?? 0);
  const room = host.pcpus.reduce((sum, cpu) => sum + 100 - fixed(cpu), 0);
  // What floats is divided by what each pCPU has left.
  const each = room === 0 ? 0 : [...host.floating.values()].reduce((sum, pct) => sum + pct, 0) / room;
  for (let group = 0; group < m; group++) {
    for (const cpu of groups[group]?.cpus ?? []) {
      const speed = host.capacity.get(cpu) ?? 1;
      const points = speed * each * (100 - fixed(cpu));
      capacity[group] = (capacity[group] as number) + speed;
      floatingLoad[group] = (floatingLoad[group] as number) + points;
      background[group] = (background[group] as number) + speed * fixed(cpu) + points;
    }
    const others = problem.threads[group]?.length ?? 0;
    share[group] = (capacity[group] as number) / (1 + tuning.siblingWeight * others);
  }
  return problem;
}

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

/** What some groups, or some vCPUs, have in all. */
export function sumOf(values: Float64Array, positions: readonly number[]): number {
  return positions.reduce((sum, position) => sum + (values[position] as number), 0);
}

function reasonToHold({ fixed, allowed, reading }: VcpuLoad): string | undefined {
  if (fixed !== undefined) return fixed;
  if (allowed.length === 0) return 'there is no pCPU that it may use';
  return reading.kind === 'measured' ? undefined : reading.reason;
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
