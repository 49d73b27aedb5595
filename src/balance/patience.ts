import { tuning } from './constants.ts';
import { starvation } from './evenness.ts';
import type { Layout } from './layout.ts';
import { removedDeviation } from './worth-it.ts';

/**
 * How much one cycle without the plan uses up of the patience there is, which is 1: all of it for a great
 * imbalance, little for a plain one, that may pass by itself, and the more the more vCPUs starve.
 */
export function impatience(before: Layout, after: Layout): number {
  const { patienceCycles, urgentStarvationPoints, urgentDeviationPoints } = tuning;
  if (removedDeviation(before, after) >= urgentDeviationPoints) return 1;
  const relieved = starvation(before) - starvation(after);
  return Math.max(1 / patienceCycles, relieved / urgentStarvationPoints);
}
