import { nameOf } from './explain.ts';
import type { Item } from './item.ts';
import { groupAt, type Layout, loadPctAt } from './layout.ts';

/** Two pCPUs of which one has more than the other, and the vCPUs that may go over. */
export type Gap = {
  readonly from: number;
  readonly to: number;
  /** by how much */
  readonly width: number;
  /** ascending by UUID, then number; never empty */
  readonly movable: readonly Item[];
};

/**
 * The pCPU with the most and the one with the least, where they are more than `above` apart. Where constraints
 * let no vCPU go from the one to the other, the next in turn.
 * @param amounts what each pCPU has: its load, or how many vCPUs
 */
export function widestGap(layout: Layout, amounts: readonly number[], above: number): Gap | undefined {
  const amountAt = (pcpu: number) => amounts[pcpu] ?? 0;
  const compare = (a: number, b: number) =>
    amountAt(a) - amountAt(b) || loadPctAt(layout, a) - loadPctAt(layout, b);
  const pcpus = [...amounts.keys()];
  const least = pcpus.toSorted((a, b) => compare(a, b) || a - b);
  const most = pcpus.toSorted((a, b) => compare(b, a) || a - b);
  for (const from of most) {
    for (const to of least) {
      const width = amountAt(from) - amountAt(to);
      if (width <= above) break;
      const movable = groupAt(layout, from).filter(({ stays, mayUse }) => stays === undefined && mayUse[to]);
      if (movable.length > 0) return { from, to, width, movable };
    }
  }
  return undefined;
}

/** The one that is rather to go; of equals, the first. */
export function pick({ movable }: Gap, isRather: (item: Item, than: Item) => boolean): Item {
  return movable.reduce((best, item) => (isRather(item, best) ? item : best));
}

/** The way over, as people read it. */
export function wayOver({ from, to }: Gap, layout: Layout): string {
  const name = (unit: number) => `${nameOf(layout.units[unit])} (${Math.round(loadPctAt(layout, unit))} %)`;
  return `from ${name(from)} to ${name(to)}`;
}
