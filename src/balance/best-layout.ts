import { tuning } from './constants.ts';
import { moveGuestCores } from './guest-cores.ts';
import { createLayout, isMoved, type Layout, put } from './layout.ts';
import { localSearch, partDomains } from './local-search.ts';
import { costOf, deviationOf, type Scale } from './objective.ts';
import { emptiestFor, largestFirst, without } from './placement.ts';
import { alone, NOWHERE } from './problem.ts';
import { gainOf, take } from './steps.ts';
import { objectionTo, proposalOf } from './verdict.ts';

/** The layout of least cost that is found. */
export function bestLayout(start: Layout, scale: Scale): Layout {
  let best = createLayout(start.problem, start.place);
  improve(best, scale);
  // Where what is left is less than a pin is worth, dealing anew cannot win.
  if (deviationOf(best) ** 2 <= tuning.pinPrice * scale.pinPrice) return best;
  for (const keepFitting of [false, true]) {
    const dealt = redeal(start, scale, keepFitting);
    improve(dealt, scale);
    const isBetter = costOf(dealt, scale) < costOf(best, scale) - 1e-6;
    if (isBetter && objectionTo(proposalOf(start, dealt, scale), scale) === undefined) best = dealt;
  }
  return withFewerMoves(best, scale);
}

/** Where few are moved: each in turn is kept where it was, and what is left improved, if that costs less. */
function withFewerMoves(layout: Layout, scale: Scale): Layout {
  const { problem } = layout;
  const { byDemand, movable, origin } = problem;
  const moved = byDemand.filter((v) => movable[v] === alone && isMoved(layout, v));
  if (moved.length > tuning.searchBreadth) return layout;
  let best = layout;
  let least = costOf(layout, scale);
  for (const v of moved) {
    if (best.place[v] === origin[v]) continue;
    const place = best.place.slice();
    place[v] = origin[v] as number;
    movable[v] = 0;
    const trial = createLayout(problem, place);
    improve(trial, scale);
    movable[v] = alone;
    const cost = costOf(trial, scale);
    if (cost >= least - 1e-6) continue;
    // It is a member of its group again.
    best = createLayout(problem, trial.place);
    least = cost;
  }
  return best;
}

/** @param pinBudget at most so many pins more */
export function improve(layout: Layout, scale: Scale, pinBudget = Number.POSITIVE_INFINITY): void {
  let pinsLeft = pinBudget - localSearch(layout, scale, pinBudget);
  const pins = moveGuestCores(layout, scale, pinsLeft);
  pinsLeft -= pins;
  if (pins > 0) pinsLeft -= localSearch(layout, scale, pinsLeft);
  partDomains(layout, scale, pinsLeft);
  undoMoves(layout, scale);
}

/**
 * Everything that may be moved dealt out anew, the largest first, each to the emptiest group; where it is now counts as
 * emptier by what a pin has to gain. With `keepFitting`, what fits below the mean load where it is stays there.
 */
function redeal(layout: Layout, scale: Scale, keepFitting: boolean): Layout {
  const { problem, place } = layout;
  const { demand, capacity, allowedGroups, pinWeight, origin } = problem;
  const order = largestFirst(problem, (v) => problem.movable[v] === alone && place[v] !== NOWHERE);
  const dealt = without(layout, order);
  const left: number[] = [];
  for (const v of order) {
    const group = origin[v] as number;
    const weight = (dealt.weighted[group] as number) + (demand[v] as number) / (capacity[group] as number);
    const isFitting = (dealt.count[group] as number) === 0 || weight <= scale.meanLoad;
    if (keepFitting && allowedGroups[v]?.[group] === 1 && isFitting) put(dealt, v, group);
    else left.push(v);
  }
  for (const v of left) {
    const discount = (scale.pinPrice * (pinWeight[v] as number)) / Math.max(1, 2 * (demand[v] as number));
    put(dealt, v, emptiestFor(dealt, v, scale, discount));
  }
  return dealt;
}

/**
 * Takes back moves that do not gain their price beside the others, of vCPUs with a high priority first, then the
 * smallest first: alone, or in exchange for another that was moved to its group.
 */
function undoMoves(layout: Layout, scale: Scale): void {
  const { byDemand, movable, pinWeight, origin } = layout.problem;
  const moved = byDemand.filter((v) => movable[v] === alone && isMoved(layout, v));
  if (moved.some((v) => pinWeight[v] !== 1))
    moved.sort((a, b) => (pinWeight[b] as number) - (pinWeight[a] as number));
  for (const v of moved) {
    const from = layout.place[v] as number;
    const to = origin[v] as number;
    if (from === to || to === NOWHERE) continue;
    if (undoes(layout, scale, v, NOWHERE, from, to)) continue;
    const others = layout.members[to] as readonly number[];
    for (let i = 0; i < others.length; i++) {
      const back = others[i] as number;
      if (isMoved(layout, back) && undoes(layout, scale, v, back, from, to)) break;
    }
  }
}

function undoes(layout: Layout, scale: Scale, v: number, back: number, from: number, to: number): boolean {
  const { allowedGroups } = layout.problem;
  if (allowedGroups[v]?.[to] !== 1 || (back !== NOWHERE && allowedGroups[back]?.[from] !== 1)) return false;
  if (gainOf(layout, scale, v, back, from, to) < 0) return false;
  take(layout, { v, back, from, to });
  return true;
}
