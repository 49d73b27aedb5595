import { curvatureBetween, type Layout, type Peers, positionByDemand, rankOf } from './layout.ts';
import { starvedOn } from './objective.ts';
import { alone, NOWHERE } from './problem.ts';
import { pairCost } from './same-domain-cost.ts';
import { evenedBy, gainOf, isCautiousLoss, isWithinBudget, type Step, take } from './steps.ts';
import { tuning } from './tuning.ts';

/** Takes steps until no group offers one. */
export function localSearch(layout: Layout): void {
  while (searchOnce(layout));
}

/**
 * Takes the best step from the fullest group, for as long as one gains. A group that offers none is passed over until a
 * step changes it: what steps have changed elsewhere is for the next search.
 * @returns whether it took any
 */
function searchOnce(layout: Layout): boolean {
  const { order, weighted, problem, members, scale } = layout;
  const isExhausted = new Uint8Array(order.length);
  let isAny = false;
  // All groups above it in the order are exhausted.
  let top = order.length - 1;
  while (top > 0) {
    const from = order[top] as number;
    if (isExhausted[from] === 1 || (members[from] as Peers[]).length === 0) {
      top -= 1;
      continue;
    }
    const bottom = emptiestRank(layout, top);
    const to = order[bottom] as number;
    const gap = (weighted[from] as number) - (weighted[to] as number);
    // No step between the two can gain more.
    const evened = gap ** 2 / curvatureBetween(problem, from, to);
    if (evened + scale.starvationPrice * relievable(layout, from, to) <= scale.pinPrice) {
      if (bottom === 0) break;
      isExhausted[from] = 1;
      continue;
    }
    const step = bestStep(layout, bottom, top, isExhausted);
    if (step === undefined) {
      isExhausted[from] = 1;
      continue;
    }
    take(layout, step);
    isAny = true;
    isExhausted[step.from] = isExhausted[step.to] = 0;
    top = Math.max(top, rankOf(layout, step.from), rankOf(layout, step.to));
  }
  return isAny;
}

/** Where the emptiest group stands that a member of the one at `top` may use; `top` where there is none. */
function emptiestRank({ order, members }: Layout, top: number): number {
  const own = members[order[top] as number] as Peers[];
  for (let rank = 0; rank < top; rank++) {
    const to = order[rank] as number;
    for (let i = 0; i < own.length; i++) if (own[i]?.mask[to] === 1) return rank;
  }
  return top;
}

/**
 * The step that gains most of those from one group to the emptiest, and of those from the next fullest to the emptiest
 * one. One that gains nearly all that could be gained, or all but the price of a swap, is taken without looking on.
 * @param bottom where the emptiest group that it may go to stands in the order
 * @param top where the group stands that it leaves
 */
function bestStep(layout: Layout, bottom: number, top: number, isExhausted: Uint8Array): Step | undefined {
  const { order, weighted, members, scale } = layout;
  const from = order[top] as number;
  const best: Step = { v: NOWHERE, back: NOWHERE, from, to: NOWHERE, gain: 0 };
  const emptiest = order[bottom] as number;
  const most = mostGain(layout, from, emptiest);
  const enough = most - Math.max(2 * scale.pinPrice, most / tuning.searchBreadth);
  let tried = 0;
  for (let i = bottom; i < top && tried < tuning.searchBreadth; i++) {
    if (improveBest(layout, from, order[i] as number, best)) tried += 1;
    if (i === bottom && best.v !== NOWHERE && best.gain >= enough) return best;
  }
  if (best.v === NOWHERE) return undefined;
  if (best.gain >= enough) return best;
  tried = 0;
  for (let i = top - 1; i > bottom && tried < tuning.searchBreadth; i--) {
    const other = order[i] as number;
    if (isExhausted[other] === 1 || (members[other] as Peers[]).length === 0) continue;
    if ((weighted[other] as number) <= (weighted[emptiest] as number)) break;
    improveBest(layout, other, emptiest, best);
    tried += 1;
  }
  return best;
}

/** How many points at most starve no more by a step: those that starve on the one, and that the other has room for. */
function relievable({ problem, load }: Layout, from: number, to: number): number {
  const room = 100 * (problem.capacity[to] as number) - (load[to] as number);
  return Math.max(0, Math.min(starvedOn(problem, from, load[from] as number), room));
}

/** What the best fit would gain, or all that the largest vCPU is, if that is less. */
function mostGain({ weighted, members, problem }: Layout, from: number, to: number): number {
  const gap = (weighted[from] as number) - (weighted[to] as number);
  const curvature = curvatureBetween(problem, from, to);
  let largest = 0;
  for (const { vcpus } of members[from] as Peers[])
    largest = Math.max(largest, problem.demand[vcpus.at(-1) as number] as number);
  const net = Math.min(gap / curvature, largest);
  return evenedBy(gap, net, curvature);
}

/** Improves the best step by what can go from one group to another; false where nothing there may. */
function improveBest(layout: Layout, from: number, to: number, best: Step): boolean {
  let mayAny = false;
  for (const { mask, vcpus } of layout.members[from] as Peers[]) {
    if (mask[to] === 0) continue;
    mayAny = true;
    improveByPeers(layout, vcpus, from, to, best);
  }
  return mayAny;
}

/** The same of some that may go. */
function improveByPeers(
  layout: Layout,
  goers: readonly number[],
  from: number,
  to: number,
  best: Step,
): void {
  const { members, weighted, problem, scale } = layout;
  const { demand } = problem;
  const curvature = curvatureBetween(problem, from, to);
  const gap = (weighted[from] as number) - (weighted[to] as number);
  const fit = gap / curvature;
  const relief = scale.starvationPrice * relievable(layout, from, to);
  const at = positionByDemand(layout, goers, fit);
  // Of equals the first goes.
  const below = at > 0 ? positionByDemand(layout, goers, demand[goers[at - 1] as number] as number) : at;
  if (below < at) consider(layout, goers[below] as number, NOWHERE, from, to, best);
  for (let side = -1; side <= 1; side += 2) {
    const next = side < 0 ? at - 1 : at;
    const end = Math.min(goers.length, Math.max(-1, next + side * (tuning.searchBreadth / 2)));
    for (let i = next; i !== end; i += side) {
      const v = goers[i] as number;
      if (evenedBy(gap, demand[v] as number, curvature) + relief <= best.gain) continue;
      consider(layout, v, NOWHERE, from, to, best);
    }
  }
  // A swap makes less of one that is too large.
  for (const { mask, vcpus: comers } of members[to] as Peers[]) {
    if (mask[from] === 0) continue;
    for (let i = at; i < goers.length; i++) {
      const v = goers[i] as number;
      const near = positionByDemand(layout, comers, (demand[v] as number) - fit);
      for (let j = Math.max(0, near - 1); j <= near && j < comers.length; j++) {
        const back = comers[j] as number;
        const net = (demand[v] as number) - (demand[back] as number);
        if (evenedBy(gap, net, curvature) + relief <= best.gain) continue;
        consider(layout, v, back, from, to, best);
      }
    }
  }
}

function consider(layout: Layout, v: number, back: number, from: number, to: number, best: Step): void {
  const gain = gainOf(layout, v, back, from, to, best.gain - 2e-6);
  // Of equals the first goes.
  const isAlike = best.back === NOWHERE && back === NOWHERE && to === best.to && v < best.v;
  if (gain <= best.gain + (isAlike ? -1e-6 : 1e-6)) return;
  if (layout.scale.isCautious && isCautiousLoss(layout, v, back, from, to)) return;
  if (!isWithinBudget(layout, v, back, from, to)) return;
  best.v = v;
  best.back = back;
  best.from = from;
  best.to = to;
  best.gain = gain;
}

/**
 * Parts vCPUs of one domain that share a group: one changes places with one as large on a group about as full, which
 * evens nothing out and so is no step of the search.
 * @returns whether any was parted
 */
export function partDomains(layout: Layout): boolean {
  const { problem, place, order, members } = layout;
  const { domain, movable, demand, allowedGroups } = problem;
  let isAny = false;
  for (let v = 0; v < place.length; v++) {
    const from = place[v] as number;
    if (domain[v] === NOWHERE || movable[v] !== alone || from === NOWHERE) continue;
    if (pairCost(layout, v, from) === 0) continue;
    const best: Step = { v: NOWHERE, back: NOWHERE, from, to: NOWHERE, gain: 0 };
    const rank = rankOf(layout, from);
    const last = Math.min(order.length - 1, rank + tuning.searchBreadth);
    for (let i = Math.max(0, rank - tuning.searchBreadth); i <= last; i++) {
      const to = order[i] as number;
      if (to === from || allowedGroups[v]?.[to] !== 1) continue;
      consider(layout, v, NOWHERE, from, to, best);
      for (const { mask, vcpus } of members[to] as Peers[]) {
        if (mask[from] === 0) continue;
        const near = positionByDemand(layout, vcpus, demand[v] as number);
        const end = Math.min(vcpus.length, near + tuning.searchBreadth / 2);
        for (let j = Math.max(0, near - tuning.searchBreadth / 2); j < end; j++)
          consider(layout, v, vcpus[j] as number, from, to, best);
      }
    }
    if (best.v === NOWHERE) continue;
    take(layout, best);
    isAny = true;
  }
  return isAny;
}
