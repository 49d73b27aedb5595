import type { ComponentVerdict, VerdictKind } from '../model/plan.ts';
import { tuning } from './constants.ts';
import { type Layout, loadPctAt } from './layout.ts';
import { imbalance, pinsOf, type Scale, starvation } from './objective.ts';
import { NOWHERE } from './problem.ts';

/** What a plan gains and costs, in points squared. */
export type Proposal = NonNullable<ComponentVerdict['proposal']>;

export function proposalOf(before: Layout, after: Layout, scale: Scale): Proposal {
  const { problem } = before;
  const { pins, weight } = pinsOf(after);
  const costBy = (load: Float64Array, weighted: Float64Array) =>
    imbalance(problem, load, weighted) + scale.starvationPrice * starvation(problem, load);
  return {
    pins,
    gain: costBy(before.load, before.weighted) - costBy(after.load, after.weighted),
    cautiousGain:
      costBy(before.closedLoad, before.closedWeighted) - costBy(after.closedLoad, after.closedWeighted),
    stdError: stdErrorOfGain(before, after),
    price: scale.pinPrice * weight,
  };
}

/** Whether a plan gains its price beyond noise, and is a gain by the cautious reading as well. */
export function isWorth(proposal: Proposal): boolean {
  return objectionTo(proposal) === undefined;
}

/** Each estimate counts by how much lower its group stands afterwards. */
function stdErrorOfGain(before: Layout, after: Layout): number {
  const { stdError } = before.problem;
  let sum = 0;
  for (let v = 0; v < stdError.length; v++) {
    const from = before.place[v] as number;
    const to = after.place[v] as number;
    if (from === NOWHERE || to === NOWHERE) continue;
    const slope = (before.weighted[from] as number) - (after.weighted[to] as number);
    sum += (2 * slope * (stdError[v] as number)) ** 2;
  }
  return Math.sqrt(sum);
}

/** Whether a plan may take back the last moves: its gain is twice what it takes to be made. */
export function isCertain({ gain, cautiousGain, stdError, price }: Proposal): boolean {
  return gain > 2 * (price + tuning.stdErrors * stdError) && cautiousGain > price;
}

/** Why a plan is not made, by its figures; undefined where it is. */
export function objectionTo(
  proposal: Proposal,
): { readonly kind: VerdictKind; readonly text: string } | undefined {
  const { pins, gain, cautiousGain, stdError, price } = proposal;
  if (pins === 0) return undefined;
  const costs = `${pins} ${pins === 1 ? 'pin costs' : 'pins cost'} ${Math.round(price)}`;
  if (gain <= price) return { kind: 'no-gain', text: `would gain ${Math.round(gain)} points², ${costs}` };
  const noise = tuning.stdErrors * stdError;
  if (gain - noise <= price) {
    const text = `would gain ${Math.round(gain)} points², ${costs}, and ${Math.round(noise)} could be noise`;
    return { kind: 'no-gain', text };
  }
  if (cautiousGain > 0) return undefined;
  const text = `would gain ${Math.round(gain)} points², but by the cautious reading lose ${Math.round(-cautiousGain)}`;
  return { kind: 'cautious-loss', text };
}

/** The part of a verdict that tells the loads as they are. */
export function figuresOf(
  layout: Layout,
  scale: Scale,
): Omit<ComponentVerdict, 'kind' | 'text' | 'proposal' | 'waited'> {
  const { groups } = layout.problem;
  const [leastPct, mostPct] = extremes(layout);
  const cpus: number[] = [];
  for (const group of groups) for (const cpu of group.cpus) cpus.push(cpu);
  cpus.sort((a, b) => a - b);
  const loads = layout.load.reduce((sum, points) => sum + points, 0);
  const { lowPct, highPct } = scale;
  return { cpus, leastPct, mostPct, meanPct: loads / Math.max(1, cpus.length), band: { lowPct, highPct } };
}

/** The least and the greatest load: '72-93 %'. */
export function rangeOf(layout: Layout): string {
  const [least, most] = extremes(layout).map(Math.round);
  return least === most ? `${least} %` : `${least}-${most} %`;
}

function extremes(layout: Layout): readonly [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let group = 0; group < layout.load.length; group++) {
    const pct = loadPctAt(layout, group);
    if (pct < least) least = pct;
    if (pct > most) most = pct;
  }
  return [Math.min(least, most), most];
}
