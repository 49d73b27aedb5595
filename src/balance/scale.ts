import type { Problem } from './problem.ts';
import { tuning } from './tuning.ts';

/** What loads should be, and what differences are worth: all of it from the mean load and the three thresholds. */
export type Scale = {
  /** the weighted load of each group, were all alike: without sibling threads, the mean load */
  readonly meanLoad: number;
  /** loads that need nothing done */
  readonly lowPct: number;
  readonly highPct: number;
  /** what a pin has to gain, and what a point above capacity costs, in points squared */
  readonly pinPrice: number;
  readonly starvationPrice: number;
  /** the same for a pin that is to be made now: more where earlier plans have not brought what they promised */
  readonly movePrice: number;
  /** no step may be a loss by the closed reading of demand */
  readonly isCautious: boolean;
};

export type Thresholds = { readonly high: number; readonly target: number; readonly low: number };

export function scaleOf(problem: Problem, load: Float64Array, thresholds: Thresholds): Scale {
  return scaleAround(meanLoad(problem, load), thresholds);
}

export function scaleAround(mean: number, { high, target, low }: Thresholds): Scale {
  const { minBandPoints, pinPrice, starvationPrice } = tuning;
  const lowPct = Math.min(mean - minBandPoints, (mean * low) / target);
  const highPct = Math.max(mean + minBandPoints, (mean * high) / target);
  const half = (highPct - lowPct) / 2;
  return {
    meanLoad: mean,
    lowPct,
    highPct,
    pinPrice: pinPrice * half ** 2,
    movePrice: pinPrice * half ** 2,
    starvationPrice: starvationPrice * half,
    isCautious: false,
  };
}

export function meanLoad({ share }: Problem, load: Float64Array): number {
  let [points, shares] = [0, 0];
  for (let group = 0; group < load.length; group++) {
    points += load[group] as number;
    shares += share[group] as number;
  }
  return shares === 0 ? 0 : points / shares;
}
