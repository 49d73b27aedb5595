import { tuning } from './constants.ts';
import { avoidableStarvation, deviation, level } from './evenness.ts';
import type { Loads } from './layout.ts';
import type { PolicySettings } from './policy.ts';

/** Loads that need nothing done. */
export type Band = { readonly lowPct: number; readonly highPct: number };

/** The band around a load, the mean: high/target and low/target of it, never narrower than the idle floor. */
export function bandAround(meanPct: number, { high, target, low }: PolicySettings): Band {
  const { leastBandPoints } = tuning;
  return {
    lowPct: Math.min(meanPct - leastBandPoints, (meanPct * low) / target),
    highPct: Math.max(meanPct + leastBandPoints, (meanPct * high) / target),
  };
}

/** Whether every load is in its band, they are close to one another, and none starves beside a free one. */
export function isBalanced(loads: Loads, settings: PolicySettings): boolean {
  const { deviationTriggerPoints, starvationTriggerPoints } = tuning;
  return (
    isWithin(bandAround(level(loads), settings), loads) &&
    deviation(loads) <= deviationTriggerPoints &&
    avoidableStarvation(loads) <= starvationTriggerPoints
  );
}

export function isWithin({ lowPct, highPct }: Band, { weighted }: Loads): boolean {
  return weighted.every((load) => load >= lowPct && load <= highPct);
}

/** Whether there is so little to do that the kernel does better with floating vCPUs than any pin. */
export function isIdle(loads: Loads): boolean {
  return level(loads) < tuning.idleMeanPoints && Math.max(...loads.weighted) < tuning.idlePeakPoints;
}
