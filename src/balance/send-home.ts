import { bandAround, isWithin } from './bands.ts';
import { tuning } from './constants.ts';
import { deviation, mean, starvation } from './evenness.ts';
import { awayItems, copyOf, type Layout, placeOf, put, siblingsAt } from './layout.ts';
import type { PolicySettings } from './policy.ts';

/** Takes back the moves that the plan can do without, the smallest first. */
export function sendHome(planned: Layout, settings: PolicySettings): Layout {
  const isGoodEnough = goodEnoughBeside(planned, settings);
  const layout = copyOf(planned);
  for (const item of awayItems(planned).toSorted((a, b) => a.demand.openPct - b.demand.openPct)) {
    const away = placeOf(layout, item);
    if (siblingsAt(layout, item, item.home) > siblingsAt(layout, item, away)) continue;
    put(layout, item, item.home);
    if (!isGoodEnough(layout)) put(layout, item, away);
  }
  return layout;
}

/** So little worse than the plan that nothing triggers again in the next cycle. */
function goodEnoughBeside({ loads }: Layout, settings: PolicySettings): (layout: Layout) => boolean {
  const mostDeviation = deviation(loads) + tuning.sendHomePoints;
  const mostStarvation = starvation(loads) + tuning.starvationPoints;
  const band = bandAround(mean(loads), settings);
  const within = isWithin(band, loads);
  return (layout) =>
    deviation(layout.loads) <= mostDeviation &&
    starvation(layout.loads) <= mostStarvation &&
    (!within || isWithin(band, layout.loads));
}
