import { companyCost } from './company.ts';
import { tuning } from './constants.ts';
import { isMoved, type Layout } from './layout.ts';
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

export function scaleOf(problem: Problem, load: Float64Array, thresholds: Thresholds): Scale {
  return scaleAround(meanLoad(problem, load), thresholds);
}

export function scaleAround(mean: number, { high, target, low }: Thresholds): Scale {
  const { minBandPoints, pinPrice, starvationPrice } = tuning;
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

export function meanLoad({ share }: Problem, load: Float64Array): number {
  let points = 0;
  let shares = 0;
  for (let group = 0; group < load.length; group++) {
    points += load[group] as number;
    shares += share[group] as number;
  }
  return shares === 0 ? 0 : points / shares;
}

/**
 * What the steps bring down: the sum over all groups of how far the load is from an even one, times how far the
 * weighted load is. Without sibling threads, the sum of squared distances from the mean.
 */
export function imbalance(problem: Problem, load: Float64Array, weighted: Float64Array): number {
  const { share } = problem;
  const mean = meanLoad(problem, load);
  let sum = 0;
  for (let group = 0; group < load.length; group++) {
    const off = (load[group] as number) - mean * (share[group] as number);
    sum += off * ((weighted[group] as number) - mean);
  }
  return Math.max(0, sum);
}

/** The standard deviation of the loads. */
export function deviationOf({ problem, load, weighted }: Layout): number {
  const shares = problem.share.reduce((sum, each) => sum + each, 0);
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

/** What makes one layout worse than another: uneven and starving loads, pins, and vCPUs of a domain together on
 * one group or apart. */
export function costOf(layout: Layout, scale: Scale): number {
  const { problem, load, weighted } = layout;
  return (
    imbalance(problem, load, weighted) +
    scale.starvationPrice * starvation(problem, load) +
    scale.pinPrice * (pinsOf(layout).weight + companyOf(layout))
  );
}

/** The pins that lead to a layout, and what they count as, each as many times as its vCPU's priority says. */
export function pinsOf(layout: Layout): { readonly pins: number; readonly weight: number } {
  const { pinWeight } = layout.problem;
  let pins = 0;
  let weight = 0;
  for (let v = 0; v < pinWeight.length; v++) {
    if (!isMoved(layout, v)) continue;
    pins += 1;
    weight += pinWeight[v] as number;
  }
  return { pins, weight };
}

/** What it costs in pins that vCPUs of a domain share a group or are in different zones. */
function companyOf(layout: Layout): number {
  const { place, problem } = layout;
  let sum = 0;
  for (let v = 0; v < place.length; v++)
    if (problem.domain[v] !== NOWHERE) sum += companyCost(layout, v, place[v] as number);
  return sum / 2;
}
