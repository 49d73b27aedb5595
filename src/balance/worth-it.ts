import { tuning } from './constants.ts';
import type { Demand } from './estimate.ts';
import { unevenness } from './evenness.ts';
import { type Layout, placeOf } from './layout.ts';

/**
 * Whether a plan is worth its moves. Judged by the unevenness that it removes, never by what remains: three
 * busy vCPUs on eight pCPUs can never be even, and must not be chased.
 */
export function isWorthIt(before: Layout, after: Layout): boolean {
  return (
    removedDeviation(before, after) >= tuning.deviationTriggerPoints && otherReadingsAgree(before, after)
  );
}

/** The part of the deviation that the plan removes (deviations add up by their squares). */
export function removedDeviation(before: Layout, after: Layout): number {
  const removed = unevenness(before.loads) - unevenness(after.loads);
  return Math.sqrt(Math.max(0, removed) / before.loads.length);
}

/**
 * The plan was made on the open reading. If the guests sleep between their work, the closed one is right:
 * it, and the mean of both, must see a good part of the gain too.
 */
function otherReadingsAgree(before: Layout, after: Layout): boolean {
  const gainBy = (reading: (demand: Demand) => number) =>
    unevenness(loadsBy(reading, before)) - unevenness(loadsBy(reading, after));
  const enough = tuning.agreedGainShare * (unevenness(before.loads) - unevenness(after.loads));
  return (
    gainBy((demand) => demand.closedPct) >= enough &&
    gainBy((demand) => (demand.openPct + demand.closedPct) / 2) >= enough
  );
}

function loadsBy(reading: (demand: Demand) => number, layout: Layout): readonly number[] {
  const loads = layout.loads.map(() => 0);
  for (const item of layout.items) {
    const place = placeOf(layout, item);
    if (place >= 0) loads[place] = (loads[place] ?? 0) + reading(item.demand);
  }
  return loads;
}
