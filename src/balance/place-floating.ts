import { tuning } from './constants.ts';
import type { Item } from './item.ts';
import { copyOf, groupAt, type Layout, loadAt, put, siblingsAt } from './layout.ts';

/**
 * Gives each of `homeless` a pCPU: the largest first, each to the allowed one with the least load, then
 * the fewest vCPUs, then where it runs.
 */
export function placeFloating(layout: Layout, homeless: readonly Item[]): Layout {
  const placed = copyOf(layout);
  for (const item of homeless) put(placed, item, -1);
  for (const item of largestFirst(homeless)) put(placed, item, emptiestFor(placed, item));
  return placed;
}

export function largestFirst(items: readonly Item[]): readonly Item[] {
  return items.toSorted((a, b) => b.demand.openPct - a.demand.openPct || a.index - b.index);
}

/** The allowed pCPU with the least load; one that has a vCPU of the same domain counts as a little fuller. */
export function emptiestFor(layout: Layout, item: Item): number {
  let best = -1;
  let bestLoad = Number.POSITIVE_INFINITY;
  for (const [pcpu, allowed] of item.mayUse.entries()) {
    if (!allowed) continue;
    const load = loadAt(layout, pcpu) + siblingsAt(layout, item, pcpu) * Math.sqrt(tuning.siblingPrice);
    if (load > bestLoad + 1e-9) continue;
    if (load > bestLoad - 1e-9 && !isFreer(layout, item, pcpu, best)) continue;
    best = pcpu;
    bestLoad = load;
  }
  return best;
}

/** Between pCPUs of equal load. */
function isFreer(layout: Layout, item: Item, pcpu: number, than: number): boolean {
  const fewer = groupAt(layout, pcpu).length - groupAt(layout, than).length;
  return fewer < 0 || (fewer === 0 && pcpu === item.home);
}
