import { type Demand, demandAt } from './demand.ts';

/**
 * What the threads of a domain share: its weight, and the quota of them all. Both depend on what each of them wants
 * at a moment, wherever it is, so a pCPU asks here and need not keep step with the others. A sleeper counts with its
 * mean demand.
 */
export type DomainGroup = {
  readonly members: readonly Member[];
  /** the domain's weight */
  readonly shares: number;
  /** the parts of a pCPU that all may have together; undefined where there is no such quota */
  readonly quota: number | undefined;
  /** how things stand from `fromNs` until `untilNs` */
  state: State | undefined;
};

type Member = { readonly demand: Demand; readonly seed: number; readonly cap: number };

type State = {
  readonly fromNs: number;
  readonly untilNs: number;
  /** what each member wants, by member, and in all */
  readonly busy: ReadonlyMap<Member, number>;
  readonly busySum: number;
  /** what each of them may have of the common quota */
  readonly cap: number;
};

/** How things stand at a moment. */
export function refreshGroup(group: DomainGroup, nowNs: number): State {
  const { state } = group;
  if (state !== undefined && nowNs >= state.fromNs && nowNs < state.untilNs) return state;
  let untilNs = Number.POSITIVE_INFINITY;
  let busySum = 0;
  const busy = new Map<Member, number>();
  for (const member of group.members) {
    const level = demandAt(member.demand, nowNs, member.seed);
    untilNs = Math.min(untilNs, level.untilNs);
    busy.set(member, level.pct / 100);
    busySum += level.pct / 100;
  }
  const wanted = (): readonly number[] => [...busy].map(([{ cap }, want]) => Math.min(want, cap));
  const cap = group.quota === undefined ? Number.POSITIVE_INFINITY : waterLevel(wanted(), group.quota);
  group.state = { fromNs: nowNs, untilNs, busy, busySum, cap };
  return group.state;
}

/**
 * The weight of one that is busy: the domain's, divided by how many of its threads are busy. One that is busy for a
 * part of the time counts for that part, and who asks counts whole.
 * @source calc_group_shares in the kernel's kernel/sched/fair.c
 */
export function weightOf(group: DomainGroup, member: Member, nowNs: number): number {
  const { busy, busySum } = refreshGroup(group, nowNs);
  return group.shares / (1 + busySum - (busy.get(member) ?? 0));
}

/** What the quota of the whole domain leaves for each of its threads; infinite where it is enough for all. */
export function capOf(group: DomainGroup, nowNs: number): number {
  return group.quota === undefined ? Number.POSITIVE_INFINITY : refreshGroup(group, nowNs).cap;
}

/**
 * The least that each of `wants` may be cut to so that they come to no more than `volume`; infinite where they come to
 * no more uncut.
 */
export function waterLevel(wants: readonly number[], volume: number): number {
  const ascending = [...wants].sort((a, b) => a - b);
  let left = volume;
  for (const [i, want] of ascending.entries()) {
    const level = left / (ascending.length - i);
    if (want > level) return level;
    left -= want;
  }
  return Number.POSITIVE_INFINITY;
}
