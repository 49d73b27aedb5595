import { isMoved, type Layout } from './layout.ts';
import type { Scale } from './objective.ts';
import { NOWHERE } from './problem.ts';
import { gainOf, take } from './steps.ts';

/**
 * Takes back moves that do not gain their price beside the others, of vCPUs with a high priority first, then the
 * smallest first: alone, or in exchange for another that was moved to its group.
 */
export function undoMoves(layout: Layout, scale: Scale): void {
  const { byDemand, pinWeight, origin } = layout.problem;
  const moved = byDemand.filter((v) => isMoved(layout, v));
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
