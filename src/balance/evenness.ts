import { tuning } from './constants.ts';
import { NOWHERE } from './item.ts';
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

/**
 * Load for which there is no CPU time, on average: what lies above 100 % of each pCPU as the loads swing. One that
 * is just full starves half of the time.
 */
export function starvation({ units, loads, variances }: Loads): number {
  return loads.reduce(
    (total, load, i) => total + above(load - 100 * capacityOf(units[i]), variances[i] ?? 0),
    0,
  );
}

/** The part of it that an even division would not leave. */
export function avoidableStarvation(layout: Loads): number {
  return starvation(layout) - evenStarvation(layout);
}

/** What would starve of the same load if all had the same share of it. */
function evenStarvation({ units, loads, variances }: Loads): number {
  if (units.length === 0) return 0;
  const each = (value: number) => value / units.length;
  const abovePct = each(sum(loads) - 100 * sum(units.map(capacityOf)));
  return units.length * above(abovePct, each(sum(variances)));
}

/** How much more starves on a unit for each point that its load is greater: from 0 to 1, and 0 on none. */
export function steepness({ units, loads, variances }: Loads, unit: number): number {
  if (unit === NOWHERE) return 0;
  const middle = (loads[unit] ?? 0) - 100 * capacityOf(units[unit]);
  const scale = scaleOf(variances[unit] ?? 0);
  return scale === 0 ? Number(middle > 0) : 1 / (1 + Math.exp(-middle / scale));
}

/** The mean of what lies above 0 of something that swings around `middle`, by a logistic distribution. */
function above(middle: number, variance: number): number {
  const scale = scaleOf(variance);
  const far = 30 * scale;
  return Math.abs(middle) >= far ? Math.max(0, middle) : scale * Math.log1p(Math.exp(middle / scale));
}

/** Of the logistic distribution. Sums that went up and down may end a little below 0. */
function scaleOf(variance: number): number {
  return tuning.logisticScale * Math.sqrt(Math.max(0, variance));
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
