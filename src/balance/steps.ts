import { curvatureBetween, type Layout, pinsToGo, put } from './layout.ts';
import { starvedOn } from './objective.ts';
import { NOWHERE, type Problem } from './problem.ts';
import { companyChange } from './same-domain-cost.ts';
import { tuning } from './tuning.ts';

/** One vCPU goes over; or two change places, `back` being the other. */
export type Step = { v: number; back: number; from: number; to: number; gain: number };

export function take(layout: Layout, { v, back, from, to }: Omit<Step, 'gain'>): void {
  put(layout, v, to);
  if (back !== NOWHERE) put(layout, back, from);
}

/**
 * What a step gains beyond its price: by how much it lowers the cost of the layout.
 * @param atLeast where it is clear that the gain is no more, something no greater is returned
 */
export function gainOf(
  layout: Layout,
  v: number,
  back: number,
  from: number,
  to: number,
  atLeast = Number.NEGATIVE_INFINITY,
): number {
  const { problem, load, weighted, scale } = layout;
  const { demand, domain, levels } = problem;
  const net = netOf(demand, v, back);
  let gain = evenedBy(gapOf(weighted, from, to), net, curvatureBetween(problem, from, to));
  gain -= scale.starvationPrice * starvedChange(problem, from, load[from] as number, -net);
  gain -= scale.starvationPrice * starvedChange(problem, to, load[to] as number, net);
  gain -= scale.movePrice * weightedPins(problem, v, from, to);
  if (back !== NOWHERE) gain -= scale.movePrice * weightedPins(problem, back, to, from);
  const isSingle = domain[v] === NOWHERE && (back === NOWHERE || domain[back] === NOWHERE);
  const mostCompany = 2 * scale.pinPrice * (tuning.pairPins + levels.length * tuning.outsidePins);
  if (isSingle || gain + mostCompany <= atLeast) return gain;
  return gain - scale.pinPrice * companyChange(layout, v, back, from, to);
}

/** Whether a step takes no more pins than there may be. */
export function isWithinBudget(layout: Layout, v: number, back: number, from: number, to: number): boolean {
  const { problem, pins, pinBudget } = layout;
  return pins + pinsToGo(problem, v, from, to) + pinsToGo(problem, back, to, from) <= pinBudget;
}

/** Whether a step makes loads less even by the closed reading. */
export function isCautiousLoss(layout: Layout, v: number, back: number, from: number, to: number): boolean {
  const { problem, closedWeighted } = layout;
  const net = netOf(problem.closed, v, back);
  return evenedBy(gapOf(closedWeighted, from, to), net, curvatureBetween(problem, from, to)) < -1e-9;
}

function netOf(points: Float64Array, v: number, back: number): number {
  return (points[v] as number) - (back === NOWHERE ? 0 : (points[back] as number));
}

function gapOf(weighted: Float64Array, from: number, to: number): number {
  return (weighted[from] as number) - (weighted[to] as number);
}

/** By how much a net load lowers the imbalance that goes over a gap between weighted loads. */
export function evenedBy(gap: number, net: number, curvature: number): number {
  return net * (2 * gap - curvature * net);
}

function starvedChange(problem: Problem, group: number, points: number, more: number): number {
  return starvedOn(problem, group, points + more) - starvedOn(problem, group, points);
}

function weightedPins(problem: Problem, v: number, from: number, to: number): number {
  return (problem.pinWeight[v] as number) * pinsToGo(problem, v, from, to);
}
