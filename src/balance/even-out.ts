import { costOf } from './cost.ts';
import { awayItems, type Layout } from './layout.ts';
import type { PolicySettings } from './policy.ts';
import { repartition } from './repartition.ts';
import { sendHome } from './send-home.ts';
import { improve } from './steps.ts';

/** The most even layout that is found, by as few moves as it takes and at most `pinsLeft`. */
export function evenOut(layout: Layout, settings: PolicySettings, pinsLeft: number): Layout {
  const byStep = sendHome(improve(layout), settings);
  const anew = sendHome(improve(repartition(layout)), settings);
  const planned = costOf(anew) < costOf(byStep) ? anew : byStep;
  return awayItems(planned).length <= pinsLeft ? planned : improve(layout, pinsLeft);
}
