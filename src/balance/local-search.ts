import { companyCost } from './company.ts';
import { tuning } from './constants.ts';
import { curvatureBetween, type Layout, positionByDemand, rankOf } from './layout.ts';
import { starvedOn } from './objective.ts';
import { alone, NOWHERE } from './problem.ts';
import { gainOf, isCautiousLoss, pinsToGo, type Step, take } from './steps.ts';

/**
 * Takes the best step from the fullest group, for as long as one gains. A group that offers none is passed over until a
 * step changes it.
 * @returns how many pins that takes, where there is a budget
 */
export function localSearch(layout: Layout, pinBudget: number): number {
  const { order, weighted, problem, load, members, scale } = layout;
  const isExhausted = new Uint8Array(order.length);
  let pinsLeft = pinBudget;
  // All groups above it in the order are exhausted.
  let top = order.length - 1;
  while (top > 0) {
    const from = order[top] as number;
    if (isExhausted[from] === 1 || (members[from] as number[]).length === 0) {
      top -= 1;
      continue;
    }
    const emptiest = order[0] as number;
    const gap = (weighted[from] as number) - (weighted[emptiest] as number);
    const starved = starvedOn(problem, from, load[from] as number);
    // No step between the two can gain more.
    const evened = gap ** 2 / curvatureBetween(problem, from, emptiest);
    if (evened + scale.starvationPrice * starved <= scale.pinPrice) break;
    const step = bestStep(layout, top, isExhausted, pinsLeft);
    if (step === undefined) {
      isExhausted[from] = 1;
      continue;
    }
    pinsLeft -=
      pinsToGo(problem, step.v, step.from, step.to) + pinsToGo(problem, step.back, step.to, step.from);
    take(layout, step);
    isExhausted[step.from] = isExhausted[step.to] = 0;
    top = Math.max(top, rankOf(layout, step.from), rankOf(layout, step.to));
  }
  return pinBudget === Number.POSITIVE_INFINITY ? 0 : pinBudget - pinsLeft;
}

/**
 * The step that gains most of those from one group to the emptiest, and of those from the next fullest to the emptiest
 * one. One that gains all but the price of a swap of what could be gained is taken
 * without looking on.
 * @param top where the group stands in the order
 */
function bestStep(layout: Layout, top: number, isExhausted: Uint8Array, pinsLeft: number): Step | undefined {
  const { order, weighted, members, scale } = layout;
  const from = order[top] as number;
  const best: Step = { v: NOWHERE, back: NOWHERE, from, to: NOWHERE, gain: 0 };
  const emptiest = order[0] as number;
  const enough = mostGain(layout, from, emptiest) - 2 * scale.pinPrice;
  let tried = 0;
  for (let i = 0; i < top && tried < tuning.searchBreadth; i++) {
    if (improveBest(layout, from, order[i] as number, pinsLeft, best)) tried += 1;
    if (i === 0 && best.v !== NOWHERE && best.gain >= enough) return best;
  }
  if (best.v === NOWHERE) return undefined;
  if (best.gain >= enough) return best;
  tried = 0;
  for (let i = top - 1; i > 0 && tried < tuning.searchBreadth; i--) {
    const other = order[i] as number;
    if (isExhausted[other] === 1 || (members[other] as number[]).length === 0) continue;
    if ((weighted[other] as number) <= (weighted[emptiest] as number)) break;
    improveBest(layout, other, emptiest, pinsLeft, best);
    tried += 1;
  }
  return best;
}

/** What the best fit would gain, or all that the largest vCPU is, if that is less. */
function mostGain({ weighted, members, problem }: Layout, from: number, to: number): number {
  const gap = (weighted[from] as number) - (weighted[to] as number);
  const curvature = curvatureBetween(problem, from, to);
  const largest = problem.demand[(members[from] as number[]).at(-1) as number] as number;
  const net = Math.min(gap / curvature, largest);
  return net * (2 * gap - curvature * net);
}

/** Improves the best step by what can go from one group to another; false where nothing there may. */
function improveBest(layout: Layout, from: number, to: number, pinsLeft: number, best: Step): boolean {
  const { members, weighted, problem, load, scale } = layout;
  const { demand, allowedGroups } = problem;
  const goers = members[from] as number[];
  const comers = members[to] as number[];
  const curvature = curvatureBetween(problem, from, to);
  const gap = (weighted[from] as number) - (weighted[to] as number);
  const fit = gap / curvature;
  // What a point that goes over can gain by starving no more, at most.
  const relief = starvedOn(problem, from, load[from] as number) > 0 ? scale.starvationPrice : 0;
  const at = positionByDemand(layout, goers, fit);
  let mayAny = false;
  for (let side = -1; side <= 1; side += 2) {
    let seen = 0;
    for (
      let i = side < 0 ? at - 1 : at;
      i >= 0 && i < goers.length && 2 * seen < tuning.searchBreadth;
      i += side
    ) {
      const v = goers[i] as number;
      if ((allowedGroups[v] as Uint8Array)[to] === 0) continue;
      mayAny = true;
      seen += 1;
      const net = demand[v] as number;
      if (net * (2 * gap - curvature * net + relief) <= best.gain) continue;
      consider(layout, v, NOWHERE, from, to, pinsLeft, best);
    }
  }
  // A swap makes less of one that is too large.
  for (let i = at; i < goers.length; i++) {
    const v = goers[i] as number;
    if ((allowedGroups[v] as Uint8Array)[to] === 0) continue;
    const near = positionByDemand(layout, comers, (demand[v] as number) - fit);
    for (let j = Math.max(0, near - 1); j <= near && j < comers.length; j++) {
      const back = comers[j] as number;
      if ((allowedGroups[back] as Uint8Array)[from] === 0) continue;
      const net = (demand[v] as number) - (demand[back] as number);
      if (net * (2 * gap - curvature * net + relief) <= best.gain) continue;
      consider(layout, v, back, from, to, pinsLeft, best);
    }
  }
  return mayAny;
}

function consider(
  layout: Layout,
  v: number,
  back: number,
  from: number,
  to: number,
  pinsLeft: number,
  best: Step,
): void {
  const gain = gainOf(layout, v, back, from, to, best.gain);
  if (gain <= best.gain + 1e-6 || (layout.scale.isCautious && isCautiousLoss(layout, v, back, from, to)))
    return;
  if (pinsLeft !== Number.POSITIVE_INFINITY) {
    const { problem } = layout;
    if (pinsToGo(problem, v, from, to) + pinsToGo(problem, back, to, from) > pinsLeft) return;
  }
  best.v = v;
  best.back = back;
  best.from = from;
  best.to = to;
  best.gain = gain;
}

/**
 * Parts vCPUs of one domain that share a group: one changes places with one as large on a group about as full, which
 * evens nothing out and so is no step of the search.
 */
export function partDomains(layout: Layout, pinBudget: number): void {
  const { problem, place, order, members } = layout;
  const { domain, movable, demand, allowedGroups } = problem;
  let pinsLeft = pinBudget;
  for (let v = 0; v < place.length; v++) {
    const from = place[v] as number;
    if (domain[v] === NOWHERE || movable[v] !== alone || from === NOWHERE) continue;
    if (companyCost(layout, v, from) < tuning.pairPins) continue;
    const best: Step = { v: NOWHERE, back: NOWHERE, from, to: NOWHERE, gain: 0 };
    const rank = rankOf(layout, from);
    const last = Math.min(order.length - 1, rank + tuning.searchBreadth);
    for (let i = Math.max(0, rank - tuning.searchBreadth); i <= last; i++) {
      const to = order[i] as number;
      if (to === from || allowedGroups[v]?.[to] !== 1) continue;
      const others = members[to] as readonly number[];
      const near = positionByDemand(layout, others, demand[v] as number);
      consider(layout, v, NOWHERE, from, to, pinsLeft, best);
      for (
        let j = Math.max(0, near - tuning.searchBreadth / 2);
        j < Math.min(others.length, near + tuning.searchBreadth / 2);
        j++
      ) {
        const back = others[j] as number;
        if (allowedGroups[back]?.[from] === 1) consider(layout, v, back, from, to, pinsLeft, best);
      }
    }
    if (best.v === NOWHERE) continue;
    pinsLeft -= pinsToGo(problem, best.v, from, best.to) + pinsToGo(problem, best.back, best.to, from);
    take(layout, best);
  }
}
