import { companyCost } from './company.ts';
import { tuning } from './constants.ts';
import { isMoved, type Layout } from './layout.ts';
import { NOWHERE, type Problem } from './problem.ts';
import { meanLoad } from './scale.ts';

/**
 * What the steps bring down: the sum over all groups of how far the load is from an even one, times how far the
 * weighted load is. Without sibling threads, the sum of squared distances from the mean.
 */
export function imbalance(problem: Problem, load: Float64Array, weighted: Float64Array): number {
  const mean = meanLoad(problem, load);
  let sum = 0;
  for (let group = 0; group < load.length; group++) {
    const off = (load[group] as number) - mean * (problem.share[group] as number);
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
export function isBalanced(layout: Layout): boolean {
  const { problem, load, weighted, scale } = layout;
  const squares = errorSquaresOf(layout);
  let errorSquares = 0;
  let room = 0;
  for (let group = 0; group < load.length; group++) {
    const capacity = problem.capacity[group] as number;
    const error = Math.sqrt(squares[group] as number) / capacity;
    const points = weighted[group] as number;
    if (points + error < scale.lowPct || points - error > scale.highPct) return false;
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
  const { problem, load, weighted, scale } = layout;
  return (
    imbalance(problem, load, weighted) +
    scale.starvationPrice * starvation(problem, load) +
    scale.movePrice * pinsOf(layout).weight +
    scale.pinPrice * companyOf(layout)
  );
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
