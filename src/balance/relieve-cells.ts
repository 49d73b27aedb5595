import { groupBy } from '../model/group-by.ts';
import { linkedGroups } from './components.ts';
import { tuning } from './constants.ts';
import { scaleAround, type Thresholds } from './objective.ts';
import type { PolicySettings } from './policy.ts';
import { type Level, misplaced, NOWHERE, type Problem } from './problem.ts';
import { narrowing } from './zones.ts';

/** How much of the patience is used up by the cycles in a row in which a part of the host starved, by its first pCPU. */
export type StarvingParts = ReadonlyMap<number, number>;

/**
 * Lets vCPUs leave their NUMA cell where what they may use of it starves however it is arranged, as soon as that costs
 * more than to be away from their memory. One part of the host at a time, the one that lacks most, no more vCPUs than
 * it takes, and only to where there is room. What has crossed stays: the cell of its affinity is the other one then.
 * @param anywhere for each vCPU what it may use over all cells
 */
export function relieveCells(
  problem: Problem,
  level: Level,
  anywhere: readonly Uint8Array[],
  before: StarvingParts | undefined,
  settings: PolicySettings,
): StarvingParts {
  const parts = starvingParts(problem, settings);
  const waited = parts.map((part) => ({ part, used: (before?.get(part.firstCpu) ?? 0) + part.urgency }));
  const [worst] = waited
    .filter(({ used }) => settings.urgency === 'now' || used >= 1 - 1e-9)
    .sort((a, b) => b.part.lackPct - a.part.lackPct);
  if (worst !== undefined) leave(problem, level, anywhere, worst.part, settings);
  return new Map(waited.filter((each) => each !== worst).map(({ part, used }) => [part.firstCpu, used]));
}

type StarvingPart = {
  readonly groups: readonly number[];
  readonly vcpus: readonly number[];
  readonly firstCpu: number;
  readonly wantedPct: number;
  readonly capacityPct: number;
  /** what its vCPUs and the host itself want beyond what its pCPUs have */
  readonly lackPct: number;
  /** the share of the patience that one cycle of it uses up */
  readonly urgency: number;
};

/** Parts that lack more than noise could make it seem, by both readings, and so much that it pays to cross. */
function starvingParts(problem: Problem, thresholds: Thresholds): readonly StarvingPart[] {
  const { groups, capacity, background, share, demand, closed, stdError, origin } = problem;
  const roots = linkedGroups(problem);
  const vcpusOf = groupBy(origin.keys(), (v) => roots[origin[v] as number] ?? NOWHERE);
  const parts = groupBy(groups.keys(), (group) => roots[group] as number);
  return [...parts].flatMap(([root, own]): readonly StarvingPart[] => {
    const vcpus = vcpusOf.get(root) ?? [];
    const hostPct = sumOf(background, own);
    const capacityPct = 100 * sumOf(capacity, own);
    const wantedPct = hostPct + sumOf(demand, vcpus);
    const lackPct = wantedPct - capacityPct;
    if (lackPct <= 0 || hostPct + sumOf(closed, vcpus) <= capacityPct) return [];
    const scale = scaleAround(wantedPct / sumOf(share, own), thresholds);
    const gain =
      scale.starvationPrice *
      (lackPct - tuning.stdErrors * Math.hypot(...vcpus.map((v) => stdError[v] ?? 0)));
    const price = scale.pinPrice * (1 + tuning.outsidePins);
    if (gain <= price) return [];
    const firstCpu = groups[own[0]]?.cpus[0] ?? NOWHERE;
    const urgency = gain / (tuning.urgentPrices * price);
    return [{ groups: own, vcpus, firstCpu, wantedPct, capacityPct, lackPct, urgency }];
  });
}

function sumOf(values: Float64Array, positions: readonly number[]): number {
  return positions.reduce((sum, position) => sum + (values[position] as number), 0);
}

/**
 * Makes vCPUs of a part leave. Time after time a vCPU goes, or all of a domain: what relieves most for each that goes; a
 * domain that is divided counts for two more, since both its halves are away from one another.
 */
function leave(
  problem: Problem,
  level: Level,
  anywhere: readonly Uint8Array[],
  part: StarvingPart,
  { high }: Thresholds,
): void {
  const { vcpus, demand, domain, movable, unplaced, origin, allowedGroups, crossingReasons } = problem;
  const { zoneOf } = level;
  const cellOf = new Map(vcpus.map((_, v) => [v, zoneOf[origin[v] as number] ?? NOWHERE]));
  const ownCells = new Set(part.groups.map((group) => zoneOf[group] as number));
  const rooms = roomsFor(problem, level, high);
  const narrow = narrowing(level);
  const families = groupBy(vcpus.keys(), (v) => (domain[v] === NOWHERE ? -2 - v : (domain[v] as number)));
  const arrived = new Map<number, number>();
  let staying = part.vcpus.filter((v) => movable[v] === 1 && (demand[v] as number) > 0);
  let leftPct = part.wantedPct - 100 * sumOf(problem.share, part.groups);
  const text = `cell ${[...ownCells].join()} wants ${Math.round(part.wantedPct)} % of its ${Math.round(part.capacityPct)} %`;
  while (leftPct > 0) {
    let best: Leaving | undefined;
    const together = [...groupBy(staying, (v) => domain[v] as number)].flatMap(([own, all]) =>
      own === NOWHERE ? [] : [all],
    );
    for (const group of [...staying.map((v) => [v] as const), ...together]) {
      const [first] = group;
      const family = families.get(domain[first] === NOWHERE ? -2 - first : (domain[first] as number)) ?? [];
      const points = sumOf(demand, group);
      for (const [cell, roomOf] of rooms) {
        const room = roomOf(group.map((v) => anywhere[v] as Uint8Array)) - (arrived.get(cell) ?? 0);
        if (ownCells.has(cell) || points > room) continue;
        const isDivided = group.length < family.length && !family.some((v) => cellOf.get(v) === cell);
        const relief = Math.min(points, leftPct) / (group.length + (isDivided ? 2 : 0));
        const rather =
          relief - (best?.relief ?? 0) || (best?.points ?? 0) - points || room - (best?.room ?? 0);
        if (rather > 1e-9) best = { group, cell, points, room, relief };
      }
    }
    if (best === undefined) return;
    for (const v of best.group) {
      cellOf.set(v, best.cell);
      unplaced[v] = misplaced;
      allowedGroups[v] = narrow(anywhere[v] as Uint8Array, best.cell);
      crossingReasons[v] = `${text}; cell ${best.cell} has room`;
    }
    const gone = new Set(best.group);
    staying = staying.filter((v) => !gone.has(v));
    arrived.set(best.cell, (arrived.get(best.cell) ?? 0) + best.points);
    leftPct -= best.points;
  }
}

type Leaving = {
  readonly group: readonly number[];
  readonly cell: number;
  readonly points: number;
  readonly room: number;
  /** what of it is needed, for each vCPU that goes */
  readonly relief: number;
};

/**
 * The room that each cell has for vCPUs with some masks: below `high` on those of its groups that all of them may use,
 * whatever the others have, since one that has crossed to where it cannot get out of the way would have to cross back.
 */
function roomsFor(problem: Problem, { zoneOf }: Level, high: number) {
  const { background, share, origin, demand } = problem;
  const load = background.slice();
  for (let v = 0; v < origin.length; v++) {
    const group = origin[v] as number;
    if (group !== NOWHERE) load[group] = (load[group] as number) + (demand[v] as number);
  }
  const roomIn = (cell: number) => {
    const known = new Map<Uint8Array, number>();
    return (masks: readonly Uint8Array[]): number => {
      const [mask] = masks;
      const isShared = masks.every((each) => each === mask);
      const found = isShared && mask !== undefined ? known.get(mask) : undefined;
      if (found !== undefined) return found;
      let room = 0;
      for (let group = 0; group < load.length; group++) {
        if (zoneOf[group] !== cell || !masks.every((each) => each[group] === 1)) continue;
        room += high * (share[group] as number) - (load[group] as number);
      }
      if (isShared && mask !== undefined) known.set(mask, room);
      return room;
    };
  };
  return new Map([...new Set(zoneOf)].map((cell) => [cell, roomIn(cell)] as const));
}
