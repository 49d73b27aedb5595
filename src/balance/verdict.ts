import type { ComponentVerdict, VerdictKind } from '../model/plan.ts';
import { tuning } from './constants.ts';
import { type Layout, loadPctAt } from './layout.ts';
import { imbalance, pinsOf, type Scale, starvation } from './objective.ts';
import { NOWHERE } from './problem.ts';

/** What a plan gains and costs, in points squared. */
export type Proposal = NonNullable<ComponentVerdict['proposal']>;

export function proposalOf(before: Layout, after: Layout, scale: Scale): Proposal {
  const { problem } = before;
  const uneven = imbalance(problem, before.load, before.weighted);
  const { pins, weight } = pinsOf(after);
  if (pins === 0) return { pins, gain: 0, cautiousGain: 0, stdError: 0, price: 0, uneven };
  const gainOf = (load: 'load' | 'closedLoad', weighted: 'weighted' | 'closedWeighted') =>
    imbalance(problem, before[load], before[weighted]) -
    imbalance(problem, after[load], after[weighted]) +
    scale.starvationPrice * (starvation(problem, before[load]) - starvation(problem, after[load]));
  return {
    pins,
    gain: gainOf('load', 'weighted'),
    cautiousGain: gainOf('closedLoad', 'closedWeighted'),
    stdError: stdErrorOfGain(before, after),
    price: scale.pinPrice * weight,
    uneven,
  };
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

/** Why a plan is not made, by its figures; undefined where it is. */
export function objectionTo(
  proposal: Proposal,
  { pinPrice }: Scale,
): { readonly kind: VerdictKind; readonly text: string } | undefined {
  const { pins, gain, cautiousGain, stdError, price, uneven } = proposal;
  const kind = 'no-gain';
  if (pins === 0)
    return { kind, text: `no move or swap gains the ${Math.round(pinPrice)} points² that a pin costs` };
  const text = proposalText(proposal);
  const noise = tuning.stdErrors * stdError;
  if (gain <= price) return { kind, text };
  if (gain - noise <= price) return { kind, text: `${text}, and ${Math.round(noise)} could be noise` };
  if (gain < tuning.leastShare * uneven)
    return { kind, text: `${text}, but ${Math.round(uneven)} cannot be evened out` };
  if (cautiousGain > 0) return undefined;
  const loss = `${Math.round(cautiousGain)} points²`;
  return {
    kind: 'cautious-loss',
    text: `${text}; the gain by the cautious reading would be negative: ${loss}`,
  };
}

export function proposalText({ gain, pins, price }: Proposal): string {
  return `would gain ${Math.round(gain)} points², ${pins} ${pins === 1 ? 'pin costs' : 'pins cost'} ${Math.round(price)}`;
}

/** Whether a plan may take back the last moves: its gain is twice what it takes to be made, and one by both readings. */
export function isCertain({ gain, cautiousGain, stdError, price }: Proposal): boolean {
  return gain > 2 * (price + tuning.stdErrors * stdError) && cautiousGain > price;
}

/** A verdict that tells the loads as they are, and nothing yet of what is to be done. */
export function figuresOf(
  layout: Layout,
  { lowPct, highPct }: Scale,
): Omit<ComponentVerdict, 'kind' | 'text'> {
  const cpus = layout.problem.groups.flatMap((group) => group.cpus).sort((a, b) => a - b);
  const [leastPct, mostPct] = extremes(layout);
  const points = layout.load.reduce((sum, each) => sum + each, 0);
  const band = { lowPct, highPct };
  const meanPct = points / Math.max(1, cpus.length);
  return { cpus, leastPct, mostPct, meanPct, band, proposal: undefined, waited: undefined };
}

export function bandText({ lowPct, highPct }: Scale): string {
  return `band ${Math.max(0, Math.round(lowPct))}-${Math.round(highPct)}`;
}

/** The least and the greatest load: '72-93 %'. */
export function rangeOf(layout: Layout): string {
  const [least, most] = extremes(layout).map(Math.round);
  return least === most ? `${least} %` : `${least}-${most} %`;
}

function extremes(layout: Layout): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (let group = 0; group < layout.load.length; group++) {
    const pct = loadPctAt(layout, group);
    if (pct < least) least = pct;
    if (pct > most) most = pct;
  }
  return [Math.min(least, most), most];
}
