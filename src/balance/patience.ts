import { tuning } from './constants.ts';
import { starvation } from './evenness.ts';
import type { Layout } from './layout.ts';
import { removedDeviation } from './worth-it.ts';

/** Whether a plan cannot wait: it relieves vCPUs that starve, or a great imbalance. */
export function isUrgent(before: Layout, after: Layout): boolean {
  const { starvationPoints, urgentTriggers, deviationTriggerPoints } = tuning;
  return (
    starvation(before.loads) - starvation(after.loads) > starvationPoints ||
    removedDeviation(before, after) >= urgentTriggers * deviationTriggerPoints
  );
}
