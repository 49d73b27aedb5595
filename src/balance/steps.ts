import { tuning } from './constants.ts';
import { curvatureBetween, type Layout, pairsOn, put } from './layout.ts';
import { type Scale, starvedOn } from './objective.ts';
import { NOWHERE, type Problem } from './problem.ts';

/** One vCPU goes over; or two change places, `back` being the other. */
export type Step = { v: number; back: number; from: number; to: number; gain: number };

export function take(layout: Layout, { v, back, from, to }: Omit<Step, 'gain'>): void {
  put(layout, v, to);
  if (back !== NOWHERE) put(layout, back, from);
}

/**
 * What a step gains beyond its price: by how much it lowers the cost of the layout. A net load x that goes over a gap
 * g between weighted loads lowers the imbalance by x (2g - cx), where c is the curvature between the two groups.
 * Below 0 where it evens nothing out and parts no pair, or is a loss by the closed reading; one that takes moves back
 * may do both.
 */
export function gainOf(
  layout: Layout,
  scale: Scale,
  v: number,
  back: number,
  from: number,
  to: number,
  isUndo = false,
): number {
  const { problem, load, weighted, closedWeighted } = layout;
  const curvature = curvatureBetween(problem, from, to);
  const net = netOf(problem.demand, v, back);
  const evened = evenedBy(weighted, net, curvature, from, to);
  const pairs = newPairs(layout, v, back, from, to);
  if (!isUndo) {
    if (evened <= 0 && pairs >= 0) return -1;
    const byClosed = evenedBy(closedWeighted, netOf(problem.closed, v, back), curvature, from, to);
    if (byClosed < -Math.abs(evened) / 2 - 1e-9) return -1;
  }
  const fed =
    starvedChange(problem, from, load[from] as number, -net) +
    starvedChange(problem, to, load[to] as number, net);
  const pins =
    weightedPins(problem, v, from, to) + (back === NOWHERE ? 0 : weightedPins(problem, back, to, from));
  return evened - scale.starvationPrice * fed - scale.pinPrice * (pins + tuning.pairPins * pairs);
}

function netOf(points: Float64Array, v: number, back: number): number {
  return (points[v] as number) - (back === NOWHERE ? 0 : (points[back] as number));
}

function evenedBy(weighted: Float64Array, net: number, curvature: number, from: number, to: number): number {
  return net * (2 * ((weighted[from] as number) - (weighted[to] as number)) - curvature * net);
}

function starvedChange(problem: Problem, group: number, points: number, more: number): number {
  return starvedOn(problem, group, points + more) - starvedOn(problem, group, points);
}

function newPairs(layout: Layout, v: number, back: number, from: number, to: number): number {
  const { domain } = layout.problem;
  const going = domain[v] === NOWHERE ? 0 : pairsOn(layout, v, to) - pairsOn(layout, v, from);
  if (back === NOWHERE) return going;
  if (domain[back] === NOWHERE) return going;
  if (domain[v] === domain[back]) return 0;
  return going + pairsOn(layout, back, from) - pairsOn(layout, back, to);
}

function weightedPins(problem: Problem, v: number, from: number, to: number): number {
  return (problem.pinWeight[v] as number) * pinsToGo(problem, v, from, to);
}

/** How many more pins the plan has when a vCPU goes over: one fewer where that takes it back to where it is now. */
export function pinsToGo({ unplaced, origin }: Problem, v: number, from: number, to: number): number {
  if (v === NOWHERE || unplaced[v] !== 0) return 0;
  return Number(to !== origin[v]) - Number(from !== origin[v]);
}
