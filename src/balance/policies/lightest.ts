import { plainPolicy } from '../plain-policy.ts';
import { pick, wayOver, widestGap } from '../widest-gap.ts';

/** Where the busiest pCPU is more than --gap above the idlest, the least loaded vCPU goes over. */
export const lightest = plainPolicy('lightest', (layout, { gap }) => {
  const widest = widestGap(layout, layout.weighted, gap);
  if (widest === undefined) return `nothing to do: where a vCPU could go, loads are within ${gap} points`;
  const going = pick(widest, (item, than) => item.demand.openPct < than.demand.openPct);
  return { going: [going], to: widest.to, reason: `the lightest goes ${wayOver(widest, layout)}` };
});
