import { tuning } from './constants.ts';
import type { Item } from './item.ts';
import { capacityOf, copyOf, groupAt, type Layout, put, siblingsAt, weightedAt } from './layout.ts';

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
  const units = [...layout.loads.keys()];
  const rising = (a: number, b: number) => weightedAt(layout, a) - weightedAt(layout, b);
  const emptiest = units.toSorted((a, b) => rising(a, b) || a - b).slice(0, tuning.stepBreadth);
  // What weighs on an empty thread are its core's others: there is nothing on it to take away.
  const taken = units.filter((unit) => groupAt(layout, unit).length > 0);
  const fullest = taken.sort((a, b) => rising(b, a) || a - b).slice(0, tuning.stepBreadth);
  const bestOf = (froms: readonly number[], tos: readonly number[], sofar?: Step) => {
    let best = sofar;
    for (const from of froms) for (const to of tos) best = bestBetween(layout, from, to, pinsLeft, best);
    return best;
  };
  const likely = bestOf(fullest.slice(1), emptiest.slice(0, 1), bestOf(fullest.slice(0, 1), emptiest));
  return likely ?? bestOf(fullest.slice(1), emptiest.slice(1));
}

/**
 * Moving a net load x over a gap g between weighted loads lowers the unevenness by x(2g - cx): most where x is
 * g / c. The curvature c is 2 between two pCPUs, less between larger units, and between two threads of a core,
 * of whose load a part weighs on both anyway.
 */
function bestBetween(layout: Layout, from: number, to: number, pinsLeft: number, sofar: Step | undefined) {
  const gap = weightedAt(layout, from) - weightedAt(layout, to);
  if (gap <= 0) return sofar;
  const curvature = curvatureBetween(layout, from, to);
  let best = sofar;
  const consider = (item: Item, back: Item | undefined) => {
    const net = item.demand.openPct - (back?.demand.openPct ?? 0);
    const evened = net * (2 * gap - curvature * net);
    if (net <= 0 || evened <= 0) return;
    if (evened + item.awayPrice + (back ?? item).awayPrice <= (best?.gain ?? 0)) return;
    const step = { item, back, from, to };
    const gain = evened - priceOf(layout, step);
    if (gain > (best?.gain ?? 0) + 1e-6 && pinsOf(step) <= pinsLeft) best = { ...step, gain };
  };
  const goers = groupAt(layout, from).filter((item) => item.stays === undefined && item.mayUse[to]);
  const comers = groupAt(layout, to).filter((item) => item.stays === undefined && item.mayUse[from]);
  const heaviest = goers.reduce((most, item) => Math.max(most, item.demand.openPct), 0);
  for (const item of goers) {
    consider(item, undefined);
    // Where even the heaviest is less than the best fit, no swap moves more than it does alone.
    if (heaviest > gap / curvature) for (const back of comers) consider(item, back);
  }
  return best;
}

type Change = Omit<Step, 'gain'>;

function curvatureBetween({ units, threads }: Layout, from: number, to: number): number {
  const shared = threads[from]?.includes(to) === true ? 2 * tuning.siblingWeight : 0;
  return 1 / capacityOf(units[from]) + 1 / capacityOf(units[to]) - shared;
}

function priceOf(layout: Layout, step: Change): number {
  const { item, back, from, to } = step;
  const away = item.awayPrice * pinsToGo(item, from, to);
  const awayToo = back === undefined ? 0 : back.awayPrice * pinsToGo(back, to, from);
  return away + awayToo + tuning.siblingPrice * newSiblingPairs(layout, step);
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
