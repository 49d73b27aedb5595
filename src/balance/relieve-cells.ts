import { groupBy } from '../model/group-by.ts';
import { memoized } from '../model/memoized.ts';
import type { PolicySettings } from '../model/policy-settings.ts';
import { linkedGroups } from './components.ts';
import { divided } from './floating.ts';
import { loadsAt } from './layout.ts';
import { starvedOn } from './objective.ts';
import { alone, homeOf, type Level, misplaced, NOWHERE, type Problem, sumOf } from './problem.ts';
import { scaleAround } from './scale.ts';
import { tuning } from './tuning.ts';
import { narrowing, zonesOfMasks } from './zones.ts';

/** How much of the patience is used up by the cycles in a row in which a part of the host starved, by its first pCPU. */
export type StarvingParts = ReadonlyMap<number, number>;

/**
 * Lets vCPUs leave their NUMA cell where what they may use of it starves however it is arranged, as soon as that costs
 * more than to be away from their memory: first of the part of the host that lacks most, no more vCPUs than it takes, and
 * only to where there is room. What has crossed stays: the cell of its affinity is the other one then.
 * @param anywhere for each vCPU what it may use over all cells
 */
export function relieveCells(
  problem: Problem,
  level: Level,
  anywhere: readonly Uint8Array[],
  before: StarvingParts | undefined,
  settings: PolicySettings,
): StarvingParts {
  const used = (part: StarvingPart) => (before?.get(part.firstCpu) ?? 0) + part.urgency;
  const waiting = new Map<number, number>();
  for (const tried = new Set<number>(); ; ) {
    const parts = starvingParts(problem, level, settings).filter(({ firstCpu }) => !tried.has(firstCpu));
    if (tried.size === 0) for (const part of parts) waiting.set(part.firstCpu, used(part));
    const due = parts.filter((part) => settings.urgency === 'now' || used(part) >= 1 - 1e-9);
    if (due.length === 0) return waiting;
    const worst = due.reduce((most, part) => (part.lackPct > most.lackPct ? part : most));
    relieve(problem, level, anywhere, worst, settings.high);
    tried.add(worst.firstCpu);
    waiting.delete(worst.firstCpu);
  }
}

/** Groups that vCPUs share, and those vCPUs. */
type Part = { readonly groups: readonly number[]; readonly vcpus: readonly number[] };

type StarvingPart = Part & {
  readonly firstCpu: number;
  readonly wantedPct: number;
  /** what of that finds no CPU time however its vCPUs are arranged */
  readonly lackPct: number;
  /** a lack that does not pay to cross for */
  readonly slightPct: number;
  /** the share of the patience that one cycle of it uses up */
  readonly urgency: number;
};

/**
 * Parts that lack more than noise could make it seem, and so much that it pays to cross: by both readings, or by far, as
 * where all of a cell runs on one pCPU, which no closed reading shows.
 */
function starvingParts(problem: Problem, level: Level, settings: PolicySettings): StarvingPart[] {
  const { groups, vcpus, share, demand, closed, stdError } = problem;
  const cellsOf = zonesOfMasks(level);
  // Those that may use several cells fill up what room there is.
  const isBound = (v: number) =>
    problem.movable[v] === 0 || cellsOf(problem.allowedGroups[v] as Uint8Array).length === 1;
  const roots = linkedGroups(problem, isBound);
  const vcpusOf = groupBy([...vcpus.keys()].filter(isBound), (v) => roots[homeOf(problem, v)] ?? NOWHERE);
  return [...groupBy(groups.keys(), (group) => roots[group] as number)].flatMap(([root, own]) => {
    const part = { groups: own, vcpus: vcpusOf.get(root) ?? [] };
    const immovable = immovableLoads(problem, part, demand);
    const wantedPct =
      immovable.reduce((sum, each) => sum + each, 0) +
      sumOf(
        demand,
        part.vcpus.filter((v) => problem.movable[v] !== 0),
      ) -
      starvationOf(problem, own, immovable);
    const lackPct = leastStarvation(problem, part, demand);
    const { starvationPrice, pinPrice } = scaleAround(wantedPct / sumOf(share, own), settings);
    const variance = part.vcpus.reduce((sum, v) => sum + (stdError[v] ?? 0) ** 2, 0);
    const noisePct = tuning.stdErrors * Math.sqrt(variance);
    const gain = starvationPrice * (lackPct - noisePct);
    const price = pinPrice * (1 + 2 * tuning.pairPins);
    const isCertain = gain > tuning.urgentPrices ** 2 * price || leastStarvation(problem, part, closed) > 0;
    if (gain <= price || !isCertain) return [];
    const firstCpu = groups[own[0]]?.cpus[0] ?? NOWHERE;
    const slightPct = noisePct + price / starvationPrice;
    return [
      { ...part, firstCpu, wantedPct, lackPct, slightPct, urgency: gain / (tuning.urgentPrices * price) },
    ];
  });
}

/** What groups carry that nobody may move, vCPUs that stay with it. */
function immovableLoads(
  { carried, movable, origin }: Problem,
  { groups, vcpus }: Part,
  demand: Float64Array,
) {
  const loads = Float64Array.from(groups, (group) => carried[group] as number);
  const at = new Map(groups.map((group, i) => [group, i]));
  for (const v of vcpus) {
    const i = movable[v] === 0 ? at.get(origin[v] as number) : undefined;
    if (i !== undefined) loads[i] = (loads[i] as number) + (demand[v] as number);
  }
  return loads;
}

function starvationOf(problem: Problem, groups: readonly number[], loads: Float64Array): number {
  return groups.reduce((sum, group, i) => sum + starvedOn(problem, group, loads[i] as number), 0);
}

/**
 * What exceeds the capacity of groups where vCPUs are dealt over them, the largest first, each to the least full: two of
 * 67 % fill no pCPU between them, so that eight of them starve on six. What starves by what may not be moved is not
 * counted. Limits of single vCPUs are left out.
 */
function leastStarvation(problem: Problem, part: Part, demand: Float64Array): number {
  const { capacity, movable } = problem;
  const { groups } = part;
  const vcpus = part.vcpus.filter((v) => movable[v] !== 0);
  const loads = immovableLoads(problem, part, demand);
  const fixed = starvationOf(problem, groups, loads);
  const largest = vcpus.reduce((most, v) => Math.max(most, demand[v] as number), 0);
  const total = loads.reduce((sum, each) => sum + each, 0) + sumOf(demand, vcpus);
  const mean = total / Math.max(1e-9, sumOf(capacity, groups));
  const least = groups.reduce((low, group) => Math.min(low, capacity[group] as number), 1);
  const peak = loads.reduce((most, each) => Math.max(most, each), 0);
  if (mean + largest / least <= 100 && peak <= 100 * least) return 0;
  const full = (i: number) => (loads[i] as number) / (capacity[groups[i] as number] as number);
  for (const v of [...vcpus].sort((a, b) => (demand[b] as number) - (demand[a] as number) || a - b)) {
    let emptiest = 0;
    for (let i = 1; i < loads.length; i++) if (full(i) < full(emptiest)) emptiest = i;
    loads[emptiest] = (loads[emptiest] as number) + (demand[v] as number);
  }
  return starvationOf(problem, groups, loads) - fixed;
}

/** Lets vCPUs cross to the cells chosen for them, unless what finds no CPU time here would find none there either. */
function relieve(
  problem: Problem,
  level: Level,
  anywhere: readonly Uint8Array[],
  part: StarvingPart,
  high: number,
): void {
  const { demand, unplaced, allowedGroups, crossingReasons } = problem;
  const { zoneOf } = level;
  const cellOf = crossings(problem, level, anywhere, part, high);
  const lackIn = (groups: readonly number[], vcpus: readonly number[]) =>
    leastStarvation(problem, { groups, vcpus }, demand);
  const stay = part.vcpus.filter((v) => !cellOf.has(v));
  const arriving = groupBy(cellOf.keys(), (v) => cellOf.get(v) as number);
  const rise = [...arriving].reduce((sum, [cell, vcpus]) => {
    const groups = [...zoneOf.keys()].filter((group) => zoneOf[group] === cell);
    const present = [...demand.keys()].filter((v) => zoneOf[homeOf(problem, v)] === cell);
    return sum + lackIn(groups, [...present, ...vcpus]) - lackIn(groups, present);
  }, 0);
  if (part.lackPct - lackIn(part.groups, stay) - rise <= part.slightPct) return;
  const own = new Set(part.groups.map((group) => zoneOf[group] as number));
  const capacityPct = Math.round(100 * sumOf(problem.capacity, part.groups));
  const wants = `cell ${[...own].join()} wants ${Math.round(part.wantedPct)} % of its ${capacityPct} %`;
  const narrow = narrowing(level);
  for (const [v, cell] of cellOf) {
    unplaced[v] = misplaced;
    allowedGroups[v] = narrow(anywhere[v] as Uint8Array, cell);
    crossingReasons[v] = `${wants}; cell ${cell} has room`;
  }
}

/** Points on each group, what is to get one of several groups divided between those. */
function loadsToBe(problem: Problem): Float64Array {
  const { demand, movable, unplaced, origin, allowedGroups, share } = problem;
  const isGoing = (v: number) => movable[v] !== 0 && unplaced[v] !== 0;
  const staying = origin.map((group, v) => (isGoing(v) ? NOWHERE : group));
  const going = [...demand.keys()].filter(isGoing);
  const coming = divided(problem, going, demand, (v) => allowedGroups[v] as Uint8Array, share);
  return loadsAt(problem, staying, demand).map((points, group) => points + (coming[group] as number));
}

/**
 * Which vCPUs of a part are to go, and to which cell. Time after time a vCPU leaves, or all of a domain: what relieves
 * most for each that goes, of equals the smallest. A domain that is divided counts for two more, since both its halves
 * are away from one another. Cells take what leaves them below `high`, or below what all cells come to together, on those
 * groups that it may use.
 */
function crossings(
  problem: Problem,
  level: Level,
  anywhere: readonly Uint8Array[],
  part: StarvingPart,
  high: number,
): ReadonlyMap<number, number> {
  const { vcpus, demand, share, domain, movable, crossingReasons } = problem;
  const { zoneOf } = level;
  const own = new Set(part.groups.map((group) => zoneOf[group] as number));
  const groupsOf = groupBy(zoneOf.keys(), (group) => zoneOf[group] as number);
  const cells = [...groupsOf.keys()].filter((cell) => !own.has(cell));
  const load = loadsToBe(problem);
  const arrived = new Map(cells.map((cell) => [cell, 0]));
  const all = [...zoneOf.keys()];
  const full = Math.min(100, Math.max(high, sumOf(load, all) / sumOf(share, all)));
  const roomsFor = memoized((mask: Uint8Array) => {
    const roomOf = (group: number) => full * (share[group] as number) - (load[group] as number);
    const usable = (cell: number) => (groupsOf.get(cell) ?? []).filter((group) => mask[group] === 1);
    return new Map(
      cells.map((cell) => [cell, usable(cell).reduce((room, group) => room + roomOf(group), 0)]),
    );
  });
  const roomIn = (cell: number, mask: Uint8Array) =>
    (roomsFor(mask).get(cell) ?? 0) - (arrived.get(cell) ?? 0);
  const cellOf = vcpus.map((_, v) => zoneOf[homeOf(problem, v)]);
  const families = groupBy(vcpus.keys(), (v) => vcpus[v]?.domain.uuid);
  const crossing = new Map<number, number>();
  let staying = part.vcpus.filter(
    (v) => movable[v] === alone && (demand[v] as number) > 0 && crossingReasons[v] === undefined,
  );
  let leftPct = Math.max(part.lackPct, part.wantedPct - 100 * sumOf(share, part.groups));
  for (let hasLeft = true; leftPct > 0 && hasLeft; ) {
    const needPct = leftPct;
    const several = staying.filter((v) => domain[v] !== NOWHERE);
    const domains = groupBy(several, (v) => domain[v] as number).values();
    const options = [...staying.map((v) => [v]), ...domains].map((group) => {
      const [first = NOWHERE] = group;
      const family = families.get(vcpus[first]?.domain.uuid) ?? group;
      const near = cells.filter((cell) => family.some((v) => cellOf[v] === cell));
      const points = sumOf(demand, group);
      const divided = group.length < family.length && near.length === 0 ? 2 : 0;
      const relief = Math.min(points, needPct) / (group.length + divided);
      return { group, points, relief, near };
    });
    options.sort((a, b) => b.relief - a.relief || a.points - b.points);
    hasLeft = false;
    for (const { group, points, near } of options) {
      // After the first, those go too that are needed whole; the last ones are chosen anew.
      if (leftPct <= 0 || (hasLeft && points > leftPct)) break;
      if (group.some((v) => crossing.has(v))) continue;
      const [best] = cells
        .map((cell) => {
          const room = Math.min(...group.map((v) => roomIn(cell, anywhere[v] as Uint8Array)));
          return { cell, isNear: Number(near.includes(cell)), room };
        })
        .filter(({ room }) => points <= room)
        .sort((a, b) => b.isNear - a.isNear || b.room - a.room);
      if (best === undefined) continue;
      const { cell } = best;
      hasLeft = true;
      for (const v of group) {
        cellOf[v] = cell;
        crossing.set(v, cell);
      }
      arrived.set(cell, (arrived.get(cell) ?? 0) + points);
      leftPct -= points;
    }
    staying = staying.filter((v) => !crossing.has(v));
    if (leftPct > 0) continue;
    const stay = part.vcpus.filter((v) => !crossing.has(v));
    const lackPct = leastStarvation(problem, { groups: part.groups, vcpus: stay }, demand);
    if (lackPct > part.slightPct) leftPct = lackPct;
  }
  return crossing;
}
