import { bandAround, isWithin } from './bands.ts';
import { tuning } from './constants.ts';
import { deviation, level, lostPct } from './evenness.ts';
import type { Item } from './item.ts';
import { awayItems, copyOf, groupAt, isAway, type Layout, placeOf, put, siblingsAt } from './layout.ts';
import type { PolicySettings } from './policy.ts';

/** Takes back the moves that the plan can do without, the smallest first. */
export function sendHome(planned: Layout, settings: PolicySettings): Layout {
  const isGoodEnough = goodEnoughBeside(planned, settings);
  const layout = copyOf(planned);
  for (const item of awayItems(planned).toSorted(rather)) {
    const from = placeOf(layout, item);
    if (from === item.home) continue;
    const alike = groupAt(layout, item.home).filter((other) => isAway(layout, other) && other.mayUse[from]);
    [undefined, ...alike].some((back) => goesHome(layout, item, back, isGoodEnough));
  }
  return layout;
}

/** The higher its priority, then the smaller, the sooner it goes home. */
function rather(a: Item, b: Item): number {
  return b.vcpu.priority - a.vcpu.priority || a.demand.openPct - b.demand.openPct;
}

/** Sends one home, perhaps in exchange for another that is not at home there; undoes it if that is too much. */
function goesHome(
  layout: Layout,
  item: Item,
  back: Item | undefined,
  isGoodEnough: (layout: Layout) => boolean,
): boolean {
  const from = placeOf(layout, item);
  const crowding = () =>
    (back === undefined ? [item] : [item, back]).reduce(
      (sum, each) => sum + siblingsAt(layout, each, placeOf(layout, each)),
      0,
    );
  const exchange = (itemTo: number, backTo: number) => {
    put(layout, item, itemTo);
    if (back !== undefined) put(layout, back, backTo);
  };
  const crowdingBefore = crowding();
  exchange(item.home, from);
  if (isGoodEnough(layout) && crowding() <= crowdingBefore) return true;
  exchange(from, item.home);
  return false;
}

/** So little worse than the plan that nothing triggers again in the next cycle. */
function goodEnoughBeside(planned: Layout, settings: PolicySettings): (layout: Layout) => boolean {
  const mostDeviation = deviation(planned) + tuning.sendHomePoints;
  const mostLostPct = lostPct(planned) + tuning.sendHomeStarvationPoints;
  const band = bandAround(level(planned), settings);
  const within = isWithin(band, planned);
  return (layout) =>
    deviation(layout) <= mostDeviation &&
    lostPct(layout) <= mostLostPct &&
    (!within || isWithin(band, layout));
}
