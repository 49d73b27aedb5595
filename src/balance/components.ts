import { ascending } from '../model/ascending.ts';
import { groupBy } from '../model/group-by.ts';
import { memoized } from '../model/memoized.ts';
import { domainsOf, homeOf, leaving, NOWHERE, type Problem } from './problem.ts';

/**
 * The parts that a host falls into by what its movable vCPUs may use: an administrator's cpusets, NUMA cells. Ascending
 * by their first pCPU; a vCPU that is nowhere and goes nowhere counts with the first.
 */
export function componentsOf(problem: Problem): readonly Problem[] {
  const { groups, vcpus, origin } = problem;
  const roots = linkedGroups(problem);
  const parts = groupBy(groups.keys(), (group) => roots[group] as number);
  const [[firstRoot] = [NOWHERE], second] = parts;
  if (second === undefined) return [problem];
  const rootOf = (group: number) => roots[group] ?? firstRoot;
  const homes = vcpus.map((_, v) => rootOf(homeOf(problem, v)));
  const vcpusOf = groupBy(vcpus.keys(), (v) => homes[v]);
  const isLeaving = (v: number) => origin[v] !== NOWHERE && rootOf(origin[v] as number) !== homes[v];
  const leavingOf = groupBy([...vcpus.keys()].filter(isLeaving), (v) => rootOf(origin[v] as number));
  return [...parts].map(([root, own]) =>
    separate(problem, own, vcpusOf.get(root) ?? [], leavingOf.get(root) ?? []),
  );
}

/**
 * For each group the least one that is linked with it: groups that one vCPU may use, or is on and may stay, and the
 * threads of a core, which share what they have. Groups to which none can go are linked too.
 * @param counts whether a vCPU links anything
 */
export function linkedGroups(
  { groups, threads, origin, movable, unplaced, allowedGroups }: Problem,
  counts: (v: number) => boolean = () => true,
): Int32Array {
  const parents = Int32Array.from(groups.keys());
  const rootOf = (group: number): number => {
    let root = group;
    while (parents[root] !== root) root = parents[root] as number;
    parents[group] = root;
    return root;
  };
  const link = (a: number, b: number) => {
    if (a === NOWHERE || b === NOWHERE) return;
    const [one, other] = [rootOf(a), rootOf(b)];
    parents[Math.max(one, other)] = Math.min(one, other);
  };
  for (const [group, others] of threads.entries()) for (const other of others) link(group, other);
  const used = new Uint8Array(groups.length);
  const seen = new Set<Uint8Array>();
  for (const [v, mask] of allowedGroups.entries()) {
    const home = unplaced[v] === 0 ? (origin[v] as number) : NOWHERE;
    if (movable[v] === 0 || !counts(v) || (seen.has(mask) && (home === NOWHERE || mask[home] === 1)))
      continue;
    const first = mask.indexOf(1);
    link(first, home);
    for (let group = first; group >= 0 && !seen.has(mask); group = mask.indexOf(1, group + 1)) {
      link(first, group);
      used[group] = 1;
    }
    seen.add(mask);
  }
  const unused = used.indexOf(0);
  for (let group = 0; group < used.length; group++) if (used[group] === 0) link(unused, group);
  return parents.map((_, group) => rootOf(group));
}

/**
 * A part as a problem of its own: groups and vCPUs counted from 0 again.
 * @param own its vCPUs, and those that only leave it
 */
function separate(
  all: Problem,
  groups: readonly number[],
  own: readonly number[],
  going: readonly number[],
): Problem {
  const vcpus = going.length === 0 ? own : [...own, ...going].sort((a, b) => a - b);
  const isGoing = new Set(going);
  const positions = new Int32Array(all.groups.length).fill(NOWHERE);
  for (const [position, group] of groups.entries()) positions[group] = position;
  const ownMask = memoized((mask: Uint8Array) => at(mask, groups));
  const part = vcpus.flatMap((v) => all.vcpus[v] ?? []);
  const demand = at(all.demand, vcpus);
  return {
    groups: groups.flatMap((group) => all.groups[group] ?? []),
    vcpus: part,
    capacity: at(all.capacity, groups),
    background: at(all.background, groups),
    carried: at(all.carried, groups),
    floatingLoad: at(all.floatingLoad, groups),
    threads: groups.map((group) => (all.threads[group] ?? []).map((thread) => positions[thread] as number)),
    share: at(all.share, groups),
    demand,
    closed: at(all.closed, vcpus),
    stdError: at(all.stdError, vcpus),
    origin: Int32Array.from(vcpus, (v) => positions[all.origin[v] as number] ?? NOWHERE),
    movable: Uint8Array.from(vcpus, (v) => (isGoing.has(v) ? 0 : (all.movable[v] as number))),
    unplaced: Uint8Array.from(vcpus, (v) => (isGoing.has(v) ? leaving : (all.unplaced[v] as number))),
    pinWeight: at(all.pinWeight, vcpus),
    domain: domainsOf(part),
    allowedGroups: vcpus.map((v) => ownMask(all.allowedGroups[v] as Uint8Array)),
    runGroups: vcpus.map((v) => all.runGroups[v] && ownMask(all.runGroups[v])),
    firstGroups: vcpus.map((v) => all.firstGroups[v] && ownMask(all.firstGroups[v])),
    heldReasons: vcpus.map((v) => (isGoing.has(v) ? undefined : all.heldReasons[v])),
    crossingReasons: vcpus.map((v) => all.crossingReasons[v]),
    levels: all.levels.map((level) => ({
      zoneOf: at(level.zoneOf, groups),
      cpusOf: at(level.cpusOf, groups),
    })),
    byDemand: ascending(demand),
  };
}

/** The values at some positions. */
function at<T extends Float64Array | Int32Array | Uint8Array>(values: T, positions: readonly number[]): T {
  const chosen = values.slice(0, positions.length) as T;
  for (let i = 0; i < positions.length; i++) chosen[i] = values[positions[i] as number] as number;
  return chosen;
}
