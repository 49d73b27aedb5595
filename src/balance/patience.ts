import { tuning } from './constants.ts';
import { starvation } from './evenness.ts';
import type { Layout } from './layout.ts';
import { removedDeviation } from './worth-it.ts';

/**
 * How much one cycle without the plan uses up of the patience there is, which is 1: little for a plain
 * imbalance, that may pass by itself; more, the more that vCPUs starve or loads differ for want of the plan.
 */
export function impatience(before: Layout, after: Layout): number {
  const { patienceCycles, urgentStarvationPoints, urgentDeviationPoints } = tuning;
  const relieved = starvation(before.loads) - starvation(after.loads);
  return Math.max(
    1 / patienceCycles,
    relieved / urgentStarvationPoints,
    removedDeviation(before, after) / urgentDeviationPoints,
  );
}
