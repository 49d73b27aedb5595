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

/** The step that gains most, of those between the fullest pCPUs and the emptiest. */
export function bestStep(layout: Layout, pinsLeft: number): Step | undefined {
  let best: Step | undefined;
  for (const [from, to] of likelyPairs(layout)) best = bestBetween(layout, from, to, pinsLeft, best);
  return best;
}

/** From the fullest pCPU to each of the emptiest, and from each of the fullest to the emptiest. */
function likelyPairs({ loads }: Layout): readonly (readonly [from: number, to: number])[] {
  const fullestFirst = loads
    .map((load, pcpu) => ({ load, pcpu }))
    .sort((a, b) => b.load - a.load || a.pcpu - b.pcpu)
    .map(({ pcpu }) => pcpu);
  const fullest = fullestFirst.slice(0, tuning.stepBreadth);
  const emptiest = fullestFirst.toReversed().slice(0, tuning.stepBreadth);
  const [top] = fullest;
  const [bottom] = emptiest;
  if (top === undefined || bottom === undefined || top === bottom) return [];
  return [
    ...emptiest.map((to) => [top, to] as const),
    ...fullest.slice(1).map((from) => [from, bottom] as const),
  ].filter(([from, to]) => from !== to);
}

/**
 * Moving a net load x over a gap g lowers the sum of squares by 2x(g - x): most where x is half the gap.
 */
function bestBetween(layout: Layout, from: number, to: number, pinsLeft: number, sofar: Step | undefined) {
  const gap = loadAt(layout, from) - loadAt(layout, to);
  let best = sofar;
  const consider = (item: Item, back: Item | undefined) => {
    const net = item.demand.openPct - (back?.demand.openPct ?? 0);
    if (net <= 0 || net >= gap) return;
    const evened = 2 * net * (gap - net);
    if (evened <= (best?.gain ?? 0)) return;
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
