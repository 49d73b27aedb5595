import { tuning } from './constants.ts';
import { isMoved, type Layout, pairsOn } from './layout.ts';
import { NOWHERE, type Problem } from './problem.ts';

/** What loads should be, and what differences are worth: all of it from the mean load and the three thresholds. */
export type Scale = {
  /** the weighted load of each group, were all alike: without sibling threads, the mean load */
  readonly meanLoad: number;
  /** loads that need nothing done */
  readonly lowPct: number;
  readonly highPct: number;
  /** what a pin has to gain, in points squared */
  readonly pinPrice: number;
  /** what a point above capacity costs */
  readonly starvationPrice: number;
};

export type Thresholds = { readonly high: number; readonly target: number; readonly low: number };

export function scaleOf(problem: Problem, load: Float64Array, { high, target, low }: Thresholds): Scale {
  const { minBandPoints, pinPrice, starvationPrice } = tuning;
  const mean = meanLoad(problem, load);
  const lowPct = Math.min(mean - minBandPoints, (mean * low) / target);
  const highPct = Math.max(mean + minBandPoints, (mean * high) / target);
  const half = (highPct - lowPct) / 2;
  return {
    meanLoad: mean,
    lowPct,
    highPct,
    pinPrice: pinPrice * half ** 2,
    starvationPrice: starvationPrice * half,
  };
}

export function meanLoad(problem: Problem, load: Float64Array): number {
  const shares = evenShares(problem);
  return shares === 0 ? 0 : load.reduce((sum, points) => sum + points, 0) / shares;
}

/** How many pCPUs the groups are worth. */
function evenShares(problem: Problem): number {
  return problem.capacity.reduce((sum, _, group) => sum + evenShare(problem, group), 0);
}

/** A group's part of a load that all share evenly. A thread has less, as the others of its core take from it. */
function evenShare({ capacity, threads }: Problem, group: number): number {
  return (capacity[group] as number) / (1 + tuning.siblingWeight * (threads[group]?.length ?? 0));
}

/**
 * What the steps bring down: the sum over all groups of how far the load is from an even one, times how far the
 * weighted load is. Without sibling threads, the sum of squared distances from the mean.
 */
export function imbalance(problem: Problem, load: Float64Array, weighted: Float64Array): number {
  const mean = meanLoad(problem, load);
  let sum = 0;
  for (let group = 0; group < load.length; group++) {
    const off = (load[group] as number) - mean * evenShare(problem, group);
    sum += off * ((weighted[group] as number) - mean);
  }
  return Math.max(0, sum);
}

/** The standard deviation of the loads. */
export function deviationOf({ problem, load, weighted }: Layout): number {
  const shares = evenShares(problem);
  return shares === 0 ? 0 : Math.sqrt(imbalance(problem, load, weighted) / shares);
}

/** Of a load on a group, the points for which it has no CPU time. */
export function starvedOn({ capacity }: Problem, group: number, points: number): number {
  return Math.max(0, points - 100 * (capacity[group] as number));
}

export function starvation(problem: Problem, load: Float64Array): number {
  let sum = 0;
  for (let group = 0; group < load.length; group++) sum += starvedOn(problem, group, load[group] as number);
  return sum;
}

/** Whether there is nothing to do: all loads in the band, close together, and none starves beside a free one. */
export function isBalanced(layout: Layout, scale: Scale): boolean {
  const { problem, load, weighted, order } = layout;
  const least = weighted[order[0] ?? NOWHERE] ?? 0;
  const most = weighted[order.at(-1) ?? NOWHERE] ?? 0;
  if (least < scale.lowPct || most > scale.highPct) return false;
  if (deviationOf(layout) > tuning.maxDeviationPoints) return false;
  const room = load.reduce(
    (sum, points, group) => sum + 100 * (problem.capacity[group] as number) - points,
    0,
  );
  const avoidable = starvation(problem, load) + Math.min(0, room);
  return avoidable * scale.starvationPrice <= scale.pinPrice;
}

/** What makes one layout worse than another: uneven and starving loads, pins, and vCPUs of a domain on one group. */
export function costOf(layout: Layout, scale: Scale): number {
  const { problem, load, weighted } = layout;
  return (
    imbalance(problem, load, weighted) +
    scale.starvationPrice * starvation(problem, load) +
    scale.pinPrice * (pinsOf(layout) + tuning.pairPins * pairs(layout))
  );
}

/** The pins that lead to a layout, each as many times as its vCPU's priority makes it count. */
export function pinsOf(layout: Layout): number {
  const { pinWeight } = layout.problem;
  return pinWeight.reduce((sum, weight, v) => sum + (isMoved(layout, v) ? weight : 0), 0);
}

/** How many pairs of vCPUs of one domain share a group that has no pCPU for each. */
function pairs(layout: Layout): number {
  const { place } = layout;
  return place.reduce((sum, group, v) => (group === NOWHERE ? sum : sum + pairsOn(layout, v, group)), 0) / 2;
}
