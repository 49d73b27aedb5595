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
  readonly loads: readonly number[];
  readonly weighted: readonly number[];
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
};

/** Every item at its home. */
export function layoutAtHome(items: readonly Item[], units: readonly Unit[]): Layout {
  const positions = new Map(units.map(({ cpus: [cpu] }, position) => [cpu, position]));
  const layout: Layout = {
    items,
    units,
    threads: units.map(({ siblings }) => siblings.flatMap((cpu) => positions.get(cpu) ?? [])),
    places: items.map(() => NOWHERE),
    groups: units.map(() => []),
    loads: units.map(() => 0),
    weighted: units.map(() => 0),
  };
  for (const item of items) put(layout, item, item.home);
  return layout;
}

export function copyOf(layout: Layout): Layout {
  return {
    ...layout,
    places: [...layout.places],
    groups: layout.groups.map((group) => [...group]),
    loads: [...layout.loads],
    weighted: [...layout.weighted],
  };
}

/** Takes an item off its unit, if it has one, and puts it on another, if that is one. */
export function put(layout: Layout, item: Item, unit: number): void {
  const from = layout.places[item.index] ?? NOWHERE;
  if (from === unit) return;
  const left = layout.groups[from];
  if (left !== undefined) {
    left.splice(left.indexOf(item), 1);
    addLoad(layout, from, -item.demand.openPct);
  }
  const entered = layout.groups[unit];
  if (entered !== undefined) {
    const behind = entered.findLastIndex((other) => other.index < item.index);
    entered.splice(behind + 1, 0, item);
    addLoad(layout, unit, item.demand.openPct);
  }
  layout.places[item.index] = unit;
}

/** The same places, with the loads that another reading of the demands gives. */
export function loadsBy(reading: (item: Item) => number, { items, units, threads, places }: Layout): Loads {
  const loads = { units, threads, loads: units.map(() => 0), weighted: units.map(() => 0) };
  for (const item of items) {
    const place = places[item.index] ?? NOWHERE;
    if (place !== NOWHERE) addLoad(loads, place, reading(item));
  }
  return loads;
}

function addLoad(
  { threads, loads, weighted, units }: Pick<Layout, 'threads' | 'loads' | 'weighted' | 'units'>,
  unit: number,
  pct: number,
): void {
  const add = (to: number[], position: number, what: number) => {
    to[position] = (to[position] ?? 0) + what;
  };
  add(loads, unit, pct);
  add(weighted, unit, pct / capacityOf(units[unit]));
  for (const thread of threads[unit] ?? []) add(weighted, thread, tuning.siblingWeight * pct);
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
