import { NOWHERE, type Problem, ranked } from './problem.ts';

/**
 * The parts that a host falls into by what its movable vCPUs may use: an administrator's cpusets, NUMA cells. Groups
 * that one vCPU may use, or is on, are in one, and so are the threads of a core, which share what they have. Groups to
 * which none can go are one. Ascending by their first pCPU; a vCPU that is nowhere and goes nowhere counts with the
 * first.
 */
export function componentsOf(problem: Problem): readonly Problem[] {
  const { groups, origin, movable, allowedGroups } = problem;
  if (isOne(problem)) return [problem];
  const roots = linkedGroups(problem);
  const parts = new Map<number, Part>();
  for (const group of groups.keys()) {
    const root = roots[group] as number;
    const part = parts.get(root);
    if (part === undefined) parts.set(root, { groups: [group], vcpus: [] });
    else part.groups.push(group);
  }
  const [first, ...others] = parts.values();
  if (first === undefined || others.length === 0) return [problem];
  for (let v = 0; v < origin.length; v++) {
    const group = movable[v] !== 0 ? (allowedGroups[v]?.indexOf(1) ?? NOWHERE) : (origin[v] as number);
    (parts.get(roots[group] ?? NOWHERE) ?? first).vcpus.push(v);
  }
  return [...parts.values()].map((part) => separate(problem, part));
}

/** Whether one vCPU may use all groups, as on most hosts. */
function isOne({ movable, allowedGroups }: Problem): boolean {
  let seen: Uint8Array | undefined;
  for (let v = 0; v < movable.length; v++) {
    const mask = allowedGroups[v] as Uint8Array;
    if (movable[v] === 0 || mask === seen) continue;
    if (!mask.includes(0)) return true;
    seen = mask;
  }
  return false;
}

type Part = { readonly groups: number[]; readonly vcpus: number[] };

/** For each group the least one that is linked with it. */
export function linkedGroups({ groups, threads, origin, movable, allowedGroups }: Problem): Int32Array {
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
  const firsts = new Map<Uint8Array, number>();
  for (let v = 0; v < origin.length; v++) {
    const mask = allowedGroups[v];
    if (movable[v] === 0 || mask === undefined) continue;
    if (mask[origin[v] as number] === 1 && firsts.has(mask)) continue;
    let first = firsts.get(mask);
    if (first === undefined) {
      first = mask.indexOf(1);
      firsts.set(mask, first);
      for (let group = first; group >= 0; group = mask.indexOf(1, group + 1)) {
        link(first, group);
        used[group] = 1;
      }
    }
    link(first, origin[v] as number);
  }
  const unused = used.indexOf(0);
  for (let group = 0; group < used.length; group++) if (used[group] === 0) link(unused, group);
  return parents.map((_, group) => rootOf(group));
}

/** A part as a problem of its own: groups and vCPUs counted from 0 again. */
function separate(all: Problem, { groups, vcpus }: Part): Problem {
  const positions = new Int32Array(all.groups.length).fill(NOWHERE);
  for (const [position, group] of groups.entries()) positions[group] = position;
  const ownMasks = new Map<Uint8Array, Uint8Array>();
  const ownMask = (mask: Uint8Array) => {
    const own = ownMasks.get(mask) ?? Uint8Array.from(groups, (group) => mask[group] as number);
    ownMasks.set(mask, own);
    return own;
  };
  const ofGroups = (values: Float64Array) => Float64Array.from(groups, (group) => values[group] as number);
  const ofVcpus = (values: Float64Array) => Float64Array.from(vcpus, (v) => values[v] as number);
  const demand = ofVcpus(all.demand);
  return {
    groups: groups.flatMap((group) => all.groups[group] ?? []),
    vcpus: vcpus.flatMap((v) => all.vcpus[v] ?? []),
    capacity: ofGroups(all.capacity),
    background: ofGroups(all.background),
    share: ofGroups(all.share),
    threads: groups.map((group) => (all.threads[group] ?? []).map((thread) => positions[thread] as number)),
    demand,
    closed: ofVcpus(all.closed),
    stdError: ofVcpus(all.stdError),
    origin: Int32Array.from(vcpus, (v) => positions[all.origin[v] as number] ?? NOWHERE),
    movable: Uint8Array.from(vcpus, (v) => all.movable[v] as number),
    unplaced: Uint8Array.from(vcpus, (v) => all.unplaced[v] as number),
    pinWeight: ofVcpus(all.pinWeight),
    domain: Int32Array.from(vcpus, (v) => all.domain[v] as number),
    allowedGroups: vcpus.map((v) => ownMask(all.allowedGroups[v] as Uint8Array)),
    heldReasons: vcpus.map((v) => all.heldReasons[v]),
    crossingReasons: vcpus.map((v) => all.crossingReasons[v]),
    levels: all.levels.map(({ zoneOf, cpusOf }) => ({
      zoneOf: Int32Array.from(groups, (group) => zoneOf[group] as number),
      cpusOf: Int32Array.from(groups, (group) => cpusOf[group] as number),
    })),
    ...ranked(demand),
  };
}
