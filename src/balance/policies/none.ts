import type { Remembered } from '../estimate.ts';
import { pcpuLoads } from '../explain.ts';
import { inOrder } from '../in-order.ts';
import { itemsOf } from '../item.ts';
import { latestDemand } from '../latest-demand.ts';
import { layoutAtHome } from '../layout.ts';
import type { Policy } from '../policy.ts';
import { unitsOf } from '../units.ts';

/** Decides nothing, and places nothing: what the others are measured against. */
export const none: Policy<Remembered> = {
  name: 'none',
  decide(host, memory, settings) {
    const units = unitsOf(host, settings.granularity);
    const ordered = inOrder(host.vcpus);
    const { demands, remembered } = latestDemand(ordered, memory);
    const loads = pcpuLoads(layoutAtHome(itemsOf(units, ordered, demands), units));
    const plan = {
      moves: [],
      summary: 'this policy moves nothing',
      isCertain: true,
      before: loads,
      after: loads,
      leftAlone: [],
    };
    return { plan, memory: remembered };
  },
};
