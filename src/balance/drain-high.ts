import type { Item } from './item.ts';
import { awayItems, capacityOf, copyOf, groupAt, type Layout, loadPctAt, put } from './layout.ts';
import type { PolicySettings } from './policy.ts';

/**
 * The plain form of the thresholds, as shares of a pCPU: while there are a high pCPU with more than one
 * vCPU and a low one, the vCPU goes over that brings the low one closest to the target without making it high.
 */
export function drainHigh(layout: Layout, settings: PolicySettings, pinsLeft: number): Layout {
  const drained = copyOf(layout);
  for (;;) {
    const fit = bestFit(drained, settings);
    if (fit === undefined) return drained;
    put(drained, fit.item, fit.to);
    if (awayItems(drained).length > pinsLeft) {
      put(drained, fit.item, fit.from);
      return drained;
    }
  }
}

type Fit = { readonly item: Item; readonly from: number; readonly to: number; readonly missPct: number };

function bestFit(layout: Layout, { high, target, low }: PolicySettings): Fit | undefined {
  const pcpus = [...layout.loads.keys()];
  const highOnes = pcpus.filter((pcpu) => loadPctAt(layout, pcpu) > high && groupAt(layout, pcpu).length > 1);
  const lowOnes = pcpus.filter((pcpu) => loadPctAt(layout, pcpu) < low);
  const fullestFirst = highOnes.sort((a, b) => loadPctAt(layout, b) - loadPctAt(layout, a) || a - b);
  for (const from of fullestFirst) {
    let best: Fit | undefined;
    for (const item of groupAt(layout, from)) {
      if (item.stays !== undefined || item.demand.openPct <= 0) continue;
      for (const to of lowOnes) {
        const becomes = loadPctAt(layout, to) + item.demand.openPct / capacityOf(layout.units[to]);
        const missPct = Math.abs(becomes - target);
        if (!item.mayUse[to] || becomes > high) continue;
        if (best === undefined || missPct < best.missPct - 1e-9) best = { item, from, to, missPct };
      }
    }
    if (best !== undefined) return best;
  }
  return undefined;
}
