import { tuning } from './constants.ts';
import type { Item } from './item.ts';
import { copyOf, groupAt, type Layout, loadAt, put, siblingsAt } from './layout.ts';

/** One vCPU goes over, or two change places. */
export type Step = {
  readonly item: Item;
  readonly back: Item | undefined;
  readonly from: number;
  readonly to: number;
  /** by how much it lowers the cost of the layout */
  readonly gain: number;
};

/** Takes the best step for as long as one gains; with `pinsLeft`, while that many pins allow it. */
export function improve(layout: Layout, pinsLeft = Number.POSITIVE_INFINITY): Layout {
  const improved = copyOf(layout);
  let left = pinsLeft;
  for (;;) {
    const step = bestStep(improved, left);
    if (step === undefined) return improved;
    left -= pinsOf(step);
    put(improved, step.item, step.to);
    if (step.back !== undefined) put(improved, step.back, step.from);
  }
}

/**
 * The step that gains most, of those from the fullest pCPU to one of the emptiest and from one of the fullest
 * to the emptiest; only if there is none, of those from any of the fullest to any of the emptiest.
 */
export function bestStep(layout: Layout, pinsLeft: number): Step | undefined {
  const pcpus = [...layout.loads.keys()];
  const rising = (a: number, b: number) => loadAt(layout, a) - loadAt(layout, b);
  const emptiest = pcpus.toSorted((a, b) => rising(a, b) || a - b).slice(0, tuning.stepBreadth);
  const fullest = pcpus.toSorted((a, b) => rising(b, a) || a - b).slice(0, tuning.stepBreadth);
  const bestOf = (froms: readonly number[], tos: readonly number[], sofar?: Step) => {
    let best = sofar;
    for (const from of froms) for (const to of tos) best = bestBetween(layout, from, to, pinsLeft, best);
    return best;
  };
  const likely = bestOf(fullest.slice(1), emptiest.slice(0, 1), bestOf(fullest.slice(0, 1), emptiest));
  return likely ?? bestOf(fullest.slice(1), emptiest.slice(1));
}

/**
 * Moving a net load x over a gap g lowers the sum of squares by 2x(g - x): most where x is half the gap.
 */
function bestBetween(layout: Layout, from: number, to: number, pinsLeft: number, sofar: Step | undefined) {
  const gap = loadAt(layout, from) - loadAt(layout, to);
  if (gap <= 0) return sofar;
  let best = sofar;
  const consider = (item: Item, back: Item | undefined) => {
    const net = item.demand.openPct - (back?.demand.openPct ?? 0);
    if (net <= 0 || net >= gap) return;
    const evened = 2 * net * (gap - net);
    if (evened + 2 * tuning.awayPrice <= (best?.gain ?? 0)) return;
    const step = { item, back, from, to };
    const gain = evened - priceOf(layout, step);
    if (gain > (best?.gain ?? 0) + 1e-6 && pinsOf(step) <= pinsLeft) best = { ...step, gain };
  };
  const goers = groupAt(layout, from).filter((item) => item.stays === undefined && item.mayUse[to]);
  const comers = groupAt(layout, to).filter((item) => item.stays === undefined && item.mayUse[from]);
  const heaviest = goers.reduce((most, item) => Math.max(most, item.demand.openPct), 0);
  for (const item of goers) {
    consider(item, undefined);
    // Where even the heaviest is less than half the gap, no swap moves more than it does alone.
    if (heaviest > gap / 2) for (const back of comers) consider(item, back);
  }
  return best;
}

type Change = Omit<Step, 'gain'>;

function priceOf(layout: Layout, step: Change): number {
  return tuning.awayPrice * pinsOf(step) + tuning.siblingPrice * newSiblingPairs(layout, step);
}

/** How many more pins are needed for it: fewer, where it takes somebody home. */
function pinsOf({ item, back, from, to }: Change): number {
  return pinsToGo(item, from, to) + (back === undefined ? 0 : pinsToGo(back, to, from));
}

function pinsToGo(item: Item, from: number, to: number): number {
  if (item.standing !== 'settled') return 0;
  return Number(to !== item.home) - Number(from !== item.home);
}

function newSiblingPairs(layout: Layout, { item, back, from, to }: Change): number {
  if (back !== undefined && back.family === item.family) return 0;
  const going = siblingsAt(layout, item, to) - siblingsAt(layout, item, from);
  return back === undefined ? going : going + siblingsAt(layout, back, from) - siblingsAt(layout, back, to);
}
