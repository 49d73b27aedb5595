import { tuning } from './constants.ts';
import type { Demand } from './estimate.ts';
import { deviation, lostPct, starvation, steepness, unevenness } from './evenness.ts';
import { type Layout, loadPctAt, loadsBy, placeOf } from './layout.ts';

/**
 * Whether a plan is worth its moves. Judged by the unevenness that it removes, never by what remains: three
 * busy vCPUs on eight pCPUs can never be even, and must not be chased.
 */
export function isWorthIt(before: Layout, after: Layout): boolean {
  return isMuch(before, after) && otherReadingsAgree(before, after);
}

/** Whether it is a gain that counts, by the reading that the plan was made on. */
export function isMuch(before: Layout, after: Layout): boolean {
  const { worthDeviationPoints, worthPeakPoints, worthStarvationPoints, worthSharedPoints } = tuning;
  const noise = noiseOf(before);
  const unsure = unsureRelief(before, after);
  return (
    removedDeviation(before, after) >= Math.hypot(worthDeviationPoints, noise) ||
    removedPeak(before, after) >= worthPeakPoints + tuning.peakPerNoise * noise ||
    starvation(before) - starvation(after) > worthStarvationPoints + unsure ||
    lostPct(before) - lostPct(after) > worthSharedPoints + unsure
  );
}

/**
 * How much starvation a plan may seem to relieve only because the estimates are off. The error of each counts by how
 * much steeper starvation is where its vCPU is than where it goes. It is a multiple of what is usual, because of
 * many plans the one is taken that noise makes look best.
 */
function unsureRelief(before: Layout, after: Layout): number {
  const byEach = before.items.map((item) => {
    const weight = steepness(before, placeOf(before, item)) - steepness(after, placeOf(after, item));
    return weight * item.demand.noisePct;
  });
  return tuning.reliefByNoise * Math.hypot(...byEach);
}

/** How far the load of a pCPU is off by noise, typically. */
function noiseOf({ items, loads }: Layout): number {
  return Math.sqrt(items.reduce((sum, { demand }) => sum + demand.noisePct ** 2, 0) / loads.length);
}

/** By how much the plan lowers the deviation. */
export function removedDeviation(before: Layout, after: Layout): number {
  return deviation(before) - deviation(after);
}

/** By how much it lowers the fullest pCPU. */
export function removedPeak(before: Layout, after: Layout): number {
  return Math.max(0, ...before.weighted) - Math.max(0, ...after.weighted);
}

/**
 * The plan was made on the open reading. If the guests sleep between their work, or if something else than
 * vCPUs keeps a pCPU busy, the closed one is nearer the truth: it, and the mean of both, must see a good part of
 * the gain too. A part of the unevenness that each sees: where many are stacked on one pCPU, the closed reading
 * of each is far below the open one, and yet all the unevenness goes. And as long as no pCPU is really full, a
 * part of the gain itself: two loads that are the same by one reading are not made more even by any plan.
 */
export function otherReadingsAgree(before: Layout, after: Layout): boolean {
  const seenBy = (reading: (demand: Demand) => number) => {
    const loads = loadsBy(({ demand }) => reading(demand), before);
    const uneven = unevenness(loads);
    const gain = uneven - unevenness(loadsBy(({ demand }) => reading(demand), after));
    return {
      gain,
      share: gain / uneven,
      isFull: loads.units.some((_, unit) => loadPctAt(loads, unit) >= tuning.fullPoints),
    };
  };
  const open = seenBy(({ openPct }) => openPct);
  const closed = seenBy(({ closedPct }) => closedPct);
  const mean = seenBy(({ openPct, closedPct }) => (openPct + closedPct) / 2);
  return [closed, mean].every(
    ({ gain, share }) =>
      share >= tuning.agreedGainShare * open.share &&
      (closed.isFull || gain >= tuning.agreedGainShare * open.gain),
  );
}
