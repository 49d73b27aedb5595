import { tuning } from './constants.ts';
import { unevenness } from './evenness.ts';
import { awayItems, type Layout, siblingPairs } from './layout.ts';

/** What makes one layout worse than another: uneven loads, vCPUs away from home, siblings together. */
export function costOf(layout: Layout): number {
  const { awayPrice, siblingPrice } = tuning;
  return (
    unevenness(layout.loads) + awayPrice * awayItems(layout).length + siblingPrice * siblingPairs(layout)
  );
}
