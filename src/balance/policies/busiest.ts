import { plainPolicy } from '../plain-policy.ts';
import { pick, wayOver, widestGap } from '../widest-gap.ts';

/**
 * Where the busiest pCPU is more than --gap above the idlest, the busiest vCPU goes over, and all others
 * are pinned where they last ran. Until then, what may run on several pCPUs stays so.
 */
export const busiest = plainPolicy(
  'busiest',
  (layout, { gap }) => {
    const widest = widestGap(layout, layout.weighted, gap);
    if (widest === undefined) return `nothing to do: where a vCPU could go, loads are within ${gap} points`;
    const going = pick(widest, (item, than) => item.demand.openPct > than.demand.openPct);
    return { going: [going], to: widest.to, reason: `the busiest goes ${wayOver(widest, layout)}` };
  },
  (atHome, { gap, place }) =>
    place === 'keep' || widestGap(atHome, atHome.weighted, gap) === undefined ? 'keep' : 'last',
);
