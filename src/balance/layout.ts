import { tuning } from './constants.ts';
import { type Item, isToPlace, NOWHERE } from './item.ts';
import type { Unit } from './units.ts';

/**
 * What units carry, by their position. The sum of the demands on each is its load. What they are compared by
 * is the weighted load: per pCPU of the unit, and with a part of what the other threads of its core carry.
 */
export type Loads = {
  readonly units: readonly Unit[];
  /** for each unit, the other threads of its core, by their position */
  readonly threads: readonly (readonly number[])[];
  /** the same as pairs, each twice */
  readonly pairs: readonly (readonly [number, number])[];
  /** each unit's part of what all carry where their weighted loads are alike, and the sum of the parts */
  readonly evenShares: readonly number[];
  readonly evenShareSum: number;
  readonly loads: readonly number[];
  readonly weighted: readonly number[];
  /** how much each load swings from cycle to cycle: the square of its standard deviation */
  readonly variances: readonly number[];
};

/**
 * Which item is on which unit, and the loads that follow. The one thing in the balancer that changes in
 * place: a plan tries out thousands of steps. Whoever gets one from another function copies it first.
 */
export type Layout = Loads & {
  readonly items: readonly Item[];
  /** the unit of each item, by its index */
  readonly places: number[];
  /** the items on each unit, ascending by index */
  readonly groups: Item[][];
  /** by the open demands */
  readonly loads: number[];
  readonly weighted: number[];
  readonly variances: number[];
};

/** Every item at its home. */
export function layoutAtHome(items: readonly Item[], units: readonly Unit[]): Layout {
  const layout: Layout = {
    ...groundOf(units),
    items,
    places: items.map(() => NOWHERE),
    groups: units.map(() => []),
    loads: units.map(() => 0),
    weighted: units.map(() => 0),
    variances: units.map(() => 0),
  };
  for (const item of items) put(layout, item, item.home);
  return layout;
}

/** What of the loads stays the same whoever is where. */
export function groundOf(units: readonly Unit[]): Omit<Loads, 'loads' | 'weighted' | 'variances'> {
  const positions = new Map(units.map(({ cpus: [cpu] }, position) => [cpu, position]));
  const threads = units.map(({ siblings }) => siblings.flatMap((cpu) => positions.get(cpu) ?? []));
  // A thread has less, as the others of its core take from it.
  const evenShares = threads.map((others, i) =>
    others.length === 0 ? capacityOf(units[i]) : 1 / (1 + tuning.siblingWeight * others.length),
  );
  const pairs = threads.flatMap((others, i) => others.map((other) => [i, other] as const));
  const evenShareSum = evenShares.reduce((sum, share) => sum + share, 0);
  return { units, threads, pairs, evenShares, evenShareSum };
}

export function copyOf(layout: Layout): Layout {
  return {
    ...layout,
    places: [...layout.places],
    groups: layout.groups.map((group) => [...group]),
    loads: [...layout.loads],
    weighted: [...layout.weighted],
    variances: [...layout.variances],
  };
}

/** Takes an item off its unit, if it has one, and puts it on another, if that is one. */
export function put(layout: Layout, item: Item, unit: number): void {
  const from = layout.places[item.index] ?? NOWHERE;
  if (from === unit) return;
  const left = layout.groups[from];
  if (left !== undefined) {
    left.splice(left.indexOf(item), 1);
    addDemand(layout, from, item, -1);
  }
  const entered = layout.groups[unit];
  if (entered !== undefined) {
    const behind = entered.findLastIndex((other) => other.index < item.index);
    entered.splice(behind + 1, 0, item);
    addDemand(layout, unit, item, 1);
  }
  layout.places[item.index] = unit;
}

/** The same places, with the loads that another reading of the demands gives. */
export function loadsBy(reading: (item: Item) => number, layout: Layout): Loads {
  const by = { ...layout, loads: layout.units.map(() => 0), weighted: layout.units.map(() => 0) };
  for (const item of layout.items) {
    const place = placeOf(layout, item);
    if (place !== NOWHERE) addLoad(by, place, reading(item));
  }
  return by;
}

function addDemand(layout: Layout, unit: number, { demand }: Item, sign: 1 | -1): void {
  addLoad(layout, unit, sign * demand.openPct);
  layout.variances[unit] = (layout.variances[unit] ?? 0) + sign * demand.swingPct ** 2;
}

function addLoad({ threads, loads, weighted, units }: Layout, unit: number, pct: number): void {
  loads[unit] = (loads[unit] ?? 0) + pct;
  weighted[unit] = (weighted[unit] ?? 0) + pct / capacityOf(units[unit]);
  const others = threads[unit];
  if (others === undefined || others.length === 0) return;
  for (const thread of others) weighted[thread] = (weighted[thread] ?? 0) + tuning.siblingWeight * pct;
}

/** How many pCPUs a unit is. */
export function capacityOf(unit: Unit | undefined): number {
  return unit?.cpus.length ?? 1;
}

export function placeOf(layout: Layout, item: Item): number {
  return layout.places[item.index] ?? NOWHERE;
}

/** What each pCPU of a unit carries where the kernel spreads its load evenly. */
export function loadPctAt({ loads, units }: Loads, unit: number): number {
  return (loads[unit] ?? 0) / capacityOf(units[unit]);
}

export function weightedAt({ weighted }: Loads, unit: number): number {
  return weighted[unit] ?? 0;
}

export function groupAt(layout: Layout, unit: number): readonly Item[] {
  return layout.groups[unit] ?? [];
}

/** The settled vCPUs that are not where they are pinned: what the plan would move. */
export function awayItems(layout: Layout): readonly Item[] {
  return layout.items.filter((item) => isAway(layout, item));
}

export function isAway(layout: Layout, item: Item): boolean {
  return !isToPlace(item) && placeOf(layout, item) !== item.home;
}

/**
 * How many others of the item's domain are on a unit beyond those for which it has a pCPU. Two threads of a
 * core count as two pCPUs: what they take from one another is in the weighted load, whosever vCPUs they run.
 */
export function siblingsAt(layout: Layout, item: Item, unit: number): number {
  if (item.family === undefined) return 0;
  const others = groupAt(layout, unit).filter((other) => other.family === item.family && other !== item);
  return Math.max(0, others.length + 1 - capacityOf(layout.units[unit]));
}

/** How many pairs of vCPUs of one domain share a pCPU. */
export function siblingPairs(layout: Layout): number {
  return layout.groups.reduce((sum, group, unit) => {
    const sizes = new Map<string, number>();
    for (const { family } of group) if (family !== undefined) sizes.set(family, (sizes.get(family) ?? 0) + 1);
    const room = capacityOf(layout.units[unit]);
    const pairs = [...sizes.values()].map((size) => Math.max(0, size - room));
    return pairs.reduce((total, beyond) => total + (beyond * (beyond + 1)) / 2, sum);
  }, 0);
}
