import { deviation } from '../evenness.ts';
import { plainPolicy } from '../plain-policy.ts';
import { pick, wayOver, widestGap } from '../widest-gap.ts';

/**
 * While the standard deviation of the loads is above --sigma, the vCPU of the busiest pCPU goes to the idlest
 * that brings the two closest together; none that does not.
 */
export const stddev = plainPolicy('stddev', (layout, { sigma }) => {
  const now = Math.round(deviation(layout) * 10) / 10;
  const widest = widestGap(layout, layout.weighted, 0);
  if (deviation(layout) <= sigma) return `balanced: a deviation of ${now} points`;
  if (widest === undefined) return `nothing can be moved: a deviation of ${now} points`;
  const apartAfter = (demandPct: number) => Math.abs(widest.width - 2 * demandPct);
  const going = pick(
    widest,
    (item, than) => apartAfter(item.demand.openPct) < apartAfter(than.demand.openPct) - 1e-9,
  );
  if (apartAfter(going.demand.openPct) >= widest.width - 1e-9)
    return `no move brings the busiest and the idlest pCPU closer: a deviation of ${now} points`;
  return { going: [going], to: widest.to, reason: `the best fit goes ${wayOver(widest, layout)}` };
});
