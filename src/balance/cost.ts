import { tuning } from './constants.ts';
import { unevenness } from './evenness.ts';
import { awayItems, type Layout, siblingPairs } from './layout.ts';

/** What makes one layout worse than another: uneven loads, vCPUs away from home, siblings together. */
export function costOf(layout: Layout): number {
  return (
    unevenness(layout) +
    awayItems(layout).reduce((sum, item) => sum + item.awayPrice, 0) +
    tuning.siblingPrice * siblingPairs(layout)
  );
}
