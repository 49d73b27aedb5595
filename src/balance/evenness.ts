import { tuning } from './constants.ts';
import { capacityOf, type Loads } from './layout.ts';

/** How even loads are. All in per cent of a pCPU, squares in that squared. */

/** The weighted load that every unit would have, were they all alike: without sibling threads, the mean load. */
export function level({ loads, evenShareSum }: Loads): number {
  return loads.length === 0 ? 0 : sum(loads) / evenShareSum;
}

/**
 * What the steps bring down: the sum over all units of how far its load is from an even one, times how far its
 * weighted load is. Without sibling threads, the sum of squared distances from the mean.
 */
export function unevenness(layout: Loads): number {
  const { loads, weighted, evenShares } = layout;
  const middle = level(layout);
  return loads.reduce(
    (total, load, i) => total + (load - middle * (evenShares[i] ?? 1)) * ((weighted[i] ?? 0) - middle),
    0,
  );
}

/** The standard deviation. */
export function deviation(layout: Loads): number {
  return layout.loads.length === 0 ? 0 : Math.sqrt(Math.max(0, unevenness(layout)) / layout.evenShareSum);
}

/** Load for which there is no CPU time: what lies above 100 % of each pCPU. */
export function starvation({ units, loads }: Loads): number {
  return loads.reduce((total, load, i) => total + Math.max(0, load - 100 * capacityOf(units[i])), 0);
}

/** The part of it that an even division would not leave. */
export function avoidableStarvation(layout: Loads): number {
  const capacity = 100 * sum(layout.units.map(capacityOf));
  return starvation(layout) - Math.max(0, sum(layout.loads) - capacity);
}

/**
 * Load above 100 %, and what two threads of a core take from one another while both are busy, for which the
 * guests have no figure: they are both busy for the product of their loads, and then each is as slow as if
 * its load were greater by the part of the other's that its weighted load has.
 */
export function lostPct(layout: Loads): number {
  const { siblingWeight } = tuning;
  const busy = (unit: number) => Math.min(100, layout.loads[unit] ?? 0) / 100;
  const shared = layout.pairs.reduce((sum, [a, b]) => sum + busy(a) * busy(b), 0);
  return starvation(layout) + ((100 * siblingWeight) / (1 + siblingWeight)) * shared;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
