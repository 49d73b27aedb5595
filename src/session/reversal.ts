import { sameCpus } from '../model/cpu-set.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { PastMove } from '../model/past-move.ts';
import type { Move, Plan } from '../model/plan.ts';

/**
 * No plan merely takes back what was done: one whose every move returns a vCPU to where its last move took it
 * from is made only if it is certain to be a gain. At the demand at which a move was a gain its reversal is the
 * same loss; so a certain gain shows that the demand is another one by now, or that the move was a mistake.
 * @param past oldest first
 */
export function unlessReversal(plan: Plan, past: readonly PastMove[]): Plan {
  if (plan.isCertain || !isReversal(plan.moves, past)) return plan;
  const summary = 'it would only undo the last moves, and its gain could be noise';
  const components = plan.verdict.components.map((each) =>
    each.kind === 'moves' ? { ...each, kind: 'held-back' as const } : each,
  );
  return { ...plan, moves: [], summary, verdict: { kind: 'held-back', components }, after: plan.before };
}

function isReversal(moves: readonly Move[], past: readonly PastMove[]): boolean {
  const last = new Map(past.map((move) => [move.key, move]));
  return (
    moves.length > 0 &&
    moves.every((move) => {
      const done = last.get(vcpuKey(move));
      return (
        move.kind !== 'place' &&
        done !== undefined &&
        sameCpus(done.from, move.to) &&
        sameCpus(done.to, move.from)
      );
    })
  );
}
