import { tuning } from './constants.ts';
import { costOf } from './cost.ts';
import { deviation } from './evenness.ts';
import { awayItems, type Layout } from './layout.ts';
import type { PolicySettings } from './policy.ts';
import { repartition } from './repartition.ts';
import { sendHome } from './send-home.ts';
import { improve } from './steps.ts';

/** The most even layout that is found, by as few moves as it takes and at most `pinsLeft`. */
export function evenOut(layout: Layout, settings: PolicySettings, pinsLeft: number): Layout {
  const planned = sendHome(bestOf(layout), settings);
  return awayItems(planned).length <= pinsLeft ? planned : improve(layout, pinsLeft);
}

function bestOf(layout: Layout): Layout {
  const byStep = improve(layout);
  if (deviation(byStep.loads) <= tuning.repartitionAbovePoints) return byStep;
  const anew = improve(repartition(layout));
  return costOf(anew) < costOf(byStep) ? anew : byStep;
}
