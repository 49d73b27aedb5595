import { tuning } from './constants.ts';
import { unevenness } from './evenness.ts';
import type { Item } from './item.ts';
import { awayItems, type Layout, siblingPairs } from './layout.ts';

/** What makes one layout worse than another: uneven loads, vCPUs away from home, siblings together. */
export function costOf(layout: Layout): number {
  return (
    unevenness(layout) +
    awayItems(layout).reduce((sum, item) => sum + awayPriceOf(item), 0) +
    tuning.siblingPrice * siblingPairs(layout)
  );
}

/** What it costs to have it away from home. */
export function awayPriceOf({ vcpu: { priority } }: Item): number {
  return tuning.awayPrice * Math.max(0, 1 + priority);
}
