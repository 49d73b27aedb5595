import { costOf } from './cost.ts';
import type { Layout } from './layout.ts';
import type { PolicySettings } from './policy.ts';
import { repartition } from './repartition.ts';
import { sendHome } from './send-home.ts';
import { improve } from './steps.ts';

/** The most even layout that is found, by as few moves as it takes. */
export function evenOut(layout: Layout, settings: PolicySettings): Layout {
  const byStep = sendHome(improve(layout), settings);
  const anew = sendHome(improve(repartition(layout)), settings);
  return costOf(anew) < costOf(byStep) ? anew : byStep;
}
