import { nameOf } from '../explain.ts';
import { plainPolicy } from '../plain-policy.ts';
import { widestGap } from '../widest-gap.ts';

/** Counts, not loads: from the pCPU with the most vCPUs, half of what it has more goes to the one with the fewest. */
export const spread = plainPolicy('spread', (layout) => {
  const counts = layout.groups.map((group) => group.length);
  const widest = widestGap(layout, counts, 1);
  if (widest === undefined)
    return 'nothing to do: where a vCPU could go, the numbers of vCPUs differ by at most one';
  const lightestFirst = widest.movable.toSorted((a, b) => a.demand.openPct - b.demand.openPct);
  const { from, to } = widest;
  return {
    going: lightestFirst.slice(0, Math.floor(widest.width / 2)),
    to,
    reason: `half of what ${nameOf(layout.units[from])} (${counts[from]} vCPUs) has more goes to ${nameOf(layout.units[to])} (${counts[to]})`,
    isCertain: true,
  };
});
