import { isMoved, type Layout } from './layout.ts';
import { NOWHERE, type Problem, sumOf } from './problem.ts';
import { companyCost } from './same-domain-cost.ts';
import { tuning } from './tuning.ts';

/** What is compared: loads by one reading of demand. */
type Loads = Pick<Layout, 'problem' | 'load' | 'weighted'>;

/**
 * What the steps bring down: the sum over groups, all of them by default, of how far the load is from an even one, times
 * how far the weighted load is. Without sibling threads, the sum of squared distances from the mean.
 */
function imbalance({ problem, load, weighted }: Loads, groups: readonly number[] = [...load.keys()]): number {
  const { share } = problem;
  const mean = sumOf(load, groups) / Math.max(1e-9, sumOf(share, groups));
  let sum = 0;
  for (const group of groups) {
    const off = (load[group] as number) - mean * (share[group] as number);
    sum += off * ((weighted[group] as number) - mean);
  }
  return Math.max(0, sum);
}

/** The variance of the loads of some groups, all of them by default. */
export function varianceOf(loads: Loads, groups: readonly number[] = [...loads.load.keys()]): number {
  return imbalance(loads, groups) / Math.max(1e-9, sumOf(loads.problem.share, groups));
}

/** The standard deviation of the loads. */
export function deviationOf(loads: Loads): number {
  return Math.sqrt(varianceOf(loads));
}

/** What uneven and starving loads cost, in points squared. */
export function unevenCost(loads: Loads & Pick<Layout, 'scale'>): number {
  const { problem, load, scale } = loads;
  return imbalance(loads) + scale.starvationPrice * starvation(problem, load);
}

/** Of a load on a group, the points for which it has no CPU time. */
export function starvedOn({ capacity }: Problem, group: number, points: number): number {
  return Math.max(0, points - 100 * (capacity[group] as number));
}

function starvation(problem: Problem, load: Float64Array): number {
  let sum = 0;
  for (let group = 0; group < load.length; group++) sum += starvedOn(problem, group, load[group] as number);
  return sum;
}

/** Whether there is nothing to do: all loads in the band, close together, and none starves beside a free one. */
export function isBalanced(layout: Layout): boolean {
  const { problem, load, weighted, scale } = layout;
  const squares = errorSquaresOf(layout);
  // Of so many errors the largest is to be expected to be so many standard errors.
  const largest = Math.max(1, Math.sqrt(2 * Math.log(load.length)));
  let errorSquares = 0;
  let room = 0;
  for (let group = 0; group < load.length; group++) {
    const capacity = problem.capacity[group] as number;
    const error = Math.sqrt(squares[group] as number) / capacity;
    const points = weighted[group] as number;
    const most = largest * error;
    if (points + most < scale.lowPct || points - most > scale.highPct) return false;
    errorSquares += error ** 2;
    room += 100 * capacity - (load[group] as number);
  }
  const byNoise = errorSquares / Math.max(1, load.length);
  if (deviationOf(layout) ** 2 - byNoise > tuning.maxDeviationPoints ** 2) return false;
  return (starvation(problem, load) + Math.min(0, room)) * scale.starvationPrice <= scale.pinPrice;
}

function errorSquaresOf({ problem: { groups, stdError }, place }: Layout): Float64Array {
  const squares = new Float64Array(groups.length);
  for (let v = 0; v < place.length; v++) {
    const group = place[v] as number;
    if (group !== NOWHERE) squares[group] = (squares[group] as number) + (stdError[v] as number) ** 2;
  }
  return squares;
}

/** What makes one layout worse than another: uneven and starving loads, pins, and domains together or apart. */
export function costOf(layout: Layout): number {
  const { movePrice, pinPrice } = layout.scale;
  return unevenCost(layout) + movePrice * pinsOf(layout).weight + pinPrice * companyOf(layout);
}

/** What it costs in pins that vCPUs of a domain are beside, or away from, one another. */
export function companyOf(layout: Layout): number {
  const { problem, place } = layout;
  let company = 0;
  for (let v = 0; v < place.length; v++)
    if (problem.domain[v] !== NOWHERE) company += companyCost(layout, v, place[v] as number) / 2;
  return company;
}

/** The pins that lead to a layout, and what they count as, each as many times as its vCPU's priority says. */
export function pinsOf(layout: Layout): { readonly pins: number; readonly weight: number } {
  const { place, problem } = layout;
  const { pinWeight, origin } = problem;
  let pins = 0;
  let weight = 0;
  for (let v = 0; v < place.length; v++) {
    if (place[v] === origin[v] || !isMoved(layout, v)) continue;
    pins += 1;
    weight += pinWeight[v] as number;
  }
  return { pins, weight };
}
