import { type Item, isToPlace, NOWHERE } from './item.ts';

/**
 * Which item is on which pCPU, and the loads that follow. The one thing in the balancer that changes in
 * place: a plan tries out thousands of steps. Whoever gets one from another function copies it first.
 */
export type Layout = {
  readonly items: readonly Item[];
  /** the pCPU of each item, by its index */
  readonly places: number[];
  /** the items on each pCPU, ascending by index */
  readonly groups: Item[][];
  /** the sum of the open demands on each pCPU */
  readonly loads: number[];
};

/** Every item at its home. */
export function layoutAtHome(items: readonly Item[], pcpuCount: number): Layout {
  const layout: Layout = {
    items,
    places: items.map(() => NOWHERE),
    groups: Array.from({ length: pcpuCount }, () => []),
    loads: Array.from({ length: pcpuCount }, () => 0),
  };
  for (const item of items) put(layout, item, item.home);
  return layout;
}

export function copyOf(layout: Layout): Layout {
  return {
    items: layout.items,
    places: [...layout.places],
    groups: layout.groups.map((group) => [...group]),
    loads: [...layout.loads],
  };
}

/** Takes an item off its pCPU, if it has one, and puts it on another, if that is one. */
export function put(layout: Layout, item: Item, pcpu: number): void {
  const from = layout.places[item.index] ?? NOWHERE;
  if (from === pcpu) return;
  const left = layout.groups[from];
  if (left !== undefined) {
    left.splice(left.indexOf(item), 1);
    layout.loads[from] = loadAt(layout, from) - item.demand.openPct;
  }
  const entered = layout.groups[pcpu];
  if (entered !== undefined) {
    const behind = entered.findLastIndex((other) => other.index < item.index);
    entered.splice(behind + 1, 0, item);
    layout.loads[pcpu] = loadAt(layout, pcpu) + item.demand.openPct;
  }
  layout.places[item.index] = pcpu;
}

export function placeOf(layout: Layout, item: Item): number {
  return layout.places[item.index] ?? NOWHERE;
}

export function loadAt(layout: Layout, pcpu: number): number {
  return layout.loads[pcpu] ?? 0;
}

export function groupAt(layout: Layout, pcpu: number): readonly Item[] {
  return layout.groups[pcpu] ?? [];
}

/** The settled vCPUs that are not where they are pinned: what the plan would move. */
export function awayItems(layout: Layout): readonly Item[] {
  return layout.items.filter((item) => isAway(layout, item));
}

export function isAway(layout: Layout, item: Item): boolean {
  return !isToPlace(item) && placeOf(layout, item) !== item.home;
}

/** How many others of the item's domain are on a pCPU. */
export function siblingsAt(layout: Layout, item: Item, pcpu: number): number {
  if (item.family === undefined) return 0;
  return groupAt(layout, pcpu).filter((other) => other.family === item.family && other !== item).length;
}

/** How many pairs of vCPUs of one domain share a pCPU. */
export function siblingPairs(layout: Layout): number {
  const twice = layout.items.reduce((sum, item) => sum + siblingsAt(layout, item, placeOf(layout, item)), 0);
  return twice / 2;
}
