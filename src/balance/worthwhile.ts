import { evenOut } from './even-out.ts';
import { copyOf, type Layout, layoutAtHome, placeOf, put } from './layout.ts';
import type { PolicySettings } from './policy.ts';
import { isMuch, isWorthIt, otherReadingsAgree } from './worth-it.ts';

/**
 * The most even layout, if it is worth its moves. Where vCPUs wait a lot, the readings of their demand are so far
 * apart that what makes the host even by one of them makes it uneven by the other. Then a plan for their mean goes
 * half the way; behind it less is waited for, and the readings are nearer to each other.
 */
export function worthwhile(placed: Layout, settings: PolicySettings): Layout | undefined {
  const even = evenOut(placed, settings);
  if (!isMuch(placed, even)) return undefined;
  if (otherReadingsAgree(placed, even)) return even;
  const halfway = samePlaces(evenOut(byMean(placed), settings), placed);
  return isWorthIt(placed, halfway) ? halfway : undefined;
}

/** The same places, with items that want the mean of what the two readings say. */
function byMean(layout: Layout): Layout {
  const items = layout.items.map((item) => {
    const openPct = (item.demand.openPct + item.demand.closedPct) / 2;
    return { ...item, demand: { ...item.demand, openPct } };
  });
  return samePlaces(layout, layoutAtHome(items, layout.units));
}

/** The items of `like` where those of `layout` are. */
function samePlaces(layout: Layout, like: Layout): Layout {
  const result = copyOf(like);
  for (const item of like.items) put(result, item, placeOf(layout, item));
  return result;
}
