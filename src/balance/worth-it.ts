import { tuning } from './constants.ts';
import type { Demand } from './estimate.ts';
import { deviation, starvation, unevenness } from './evenness.ts';
import { type Layout, placeOf } from './layout.ts';

/**
 * Whether a plan is worth its moves. Judged by the unevenness that it removes, never by what remains: three
 * busy vCPUs on eight pCPUs can never be even, and must not be chased.
 */
export function isWorthIt(before: Layout, after: Layout): boolean {
  const { worthDeviationPoints, worthPeakPoints, worthStarvationPoints } = tuning;
  const { peakPerNoise, starvationPerNoise } = tuning;
  const noise = noiseOf(before);
  const isMuch =
    removedDeviation(before, after) >= Math.hypot(worthDeviationPoints, noise) ||
    removedPeak(before, after) >= worthPeakPoints + peakPerNoise * noise ||
    starvation(before.loads) - starvation(after.loads) >
      worthStarvationPoints + starvationPerNoise * noise * Math.sqrt(before.loads.length);
  return isMuch && otherReadingsAgree(before, after);
}

/** How far the load of a pCPU is off by noise, typically. */
function noiseOf({ items, loads }: Layout): number {
  return Math.sqrt(items.reduce((sum, { demand }) => sum + demand.noisePct ** 2, 0) / loads.length);
}

/** By how much the plan lowers the deviation. */
export function removedDeviation(before: Layout, after: Layout): number {
  return deviation(before.loads) - deviation(after.loads);
}

/** By how much it lowers the fullest pCPU. */
export function removedPeak(before: Layout, after: Layout): number {
  return Math.max(0, ...before.loads) - Math.max(0, ...after.loads);
}

/**
 * The plan was made on the open reading. If the guests sleep between their work, the closed one is right: of
 * the unevenness that it and the mean of both see, a good part of what the open one sees go must go too. Each
 * is held against its own: where many are stacked on one pCPU, the closed reading of each is far below the
 * open one, and yet all the unevenness goes.
 */
function otherReadingsAgree(before: Layout, after: Layout): boolean {
  const removedShare = (reading: (demand: Demand) => number) =>
    1 - unevenness(loadsBy(reading, after)) / unevenness(loadsBy(reading, before));
  const enough = tuning.agreedGainShare * removedShare((demand) => demand.openPct);
  return (
    removedShare((demand) => demand.closedPct) >= enough &&
    removedShare((demand) => (demand.openPct + demand.closedPct) / 2) >= enough
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
