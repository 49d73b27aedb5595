import { moveGuestCores } from './guest-cores.ts';
import { createLayout, isMoved, type Layout } from './layout.ts';
import { localSearch, partDomains } from './local-search.ts';
import { costOf, deviationOf } from './objective.ts';
import { largestFirst, placed } from './placement.ts';
import { alone, NOWHERE } from './problem.ts';
import { gainOf, take } from './steps.ts';
import { tuning } from './tuning.ts';
import { objectionTo, proposalOf } from './verdict.ts';

/** The layout of least cost that is found. */
export function bestLayout(start: Layout): Layout {
  const { problem, place, scale } = start;
  const found = createLayout(problem, place, scale);
  improve(found);
  // Where what is left is less than a pin is worth, nothing else wins.
  if (deviationOf(found) ** 2 <= tuning.pinPrice * scale.pinPrice) return found;
  const isPlaced = (v: number) => problem.movable[v] === alone && place[v] !== NOWHERE;
  const dealt = placed(start, largestFirst(problem, isPlaced), 'demand');
  improve(dealt);
  const isBetter =
    costOf(dealt) < costOf(found) - 1e-6 && objectionTo(proposalOf(start, dealt)) === undefined;
  return withFewerMoves(isBetter ? dealt : found);
}

/** Searches as long as other changes open new steps: else the next cycle would find them. */
export function improve(layout: Layout): void {
  for (let isChanged = true; isChanged; ) {
    localSearch(layout);
    if (moveGuestCores(layout)) localSearch(layout);
    const areParted = partDomains(layout);
    isChanged = undoMoves(layout) || areParted;
  }
}

/**
 * Takes back moves that do not gain their price beside the others, of vCPUs with a high priority first, then the
 * smallest first: alone, or in exchange for another that was moved to its group.
 * @returns whether any was taken back
 */
function undoMoves(layout: Layout): boolean {
  const { byDemand, movable, pinWeight, origin, allowedGroups } = layout.problem;
  const undo = (v: number, back: number, from: number, to: number): boolean => {
    if (gainOf(layout, v, back, from, to, 0) < 0) return false;
    take(layout, { v, back, from, to });
    return true;
  };
  const moved = byDemand.filter((v) => movable[v] === alone && isMoved(layout, v));
  if (moved.some((v) => pinWeight[v] !== 1)) moved.sort((a, b) => (pinWeight[b] ?? 0) - (pinWeight[a] ?? 0));
  let isAny = false;
  for (const v of moved) {
    const from = layout.place[v] as number;
    const to = origin[v] as number;
    if (from === to || to === NOWHERE || allowedGroups[v]?.[to] !== 1) continue;
    const isUndone =
      undo(v, NOWHERE, from, to) ||
      layout.members[to]?.some(
        ({ mask, vcpus }) =>
          mask[from] === 1 && vcpus.some((back) => isMoved(layout, back) && undo(v, back, from, to)),
      );
    if (isUndone) isAny = true;
  }
  return isAny;
}

/** Where few are moved: each in turn is kept where it was, and what is left improved, if that costs less. */
function withFewerMoves(layout: Layout): Layout {
  const { problem, scale } = layout;
  const { byDemand, movable, origin } = problem;
  const moved = byDemand.filter((v) => movable[v] === alone && isMoved(layout, v));
  if (moved.length > tuning.searchBreadth) return layout;
  let best = layout;
  for (const v of moved) {
    if (best.place[v] === origin[v]) continue;
    const place = best.place.slice();
    place[v] = origin[v] as number;
    movable[v] = 0;
    const trial = createLayout(problem, place, scale);
    improve(trial);
    movable[v] = alone;
    // It is a member of its group again.
    if (costOf(trial) < costOf(best) - 1e-6) best = createLayout(problem, trial.place, scale);
  }
  return best;
}
