import type { Plan } from '../model/plan.ts';
import type { BalanceSession } from './balance-session.ts';

/**
 * The same session, which plans anew only as often as planning may cost: in between the last plan stands. For those who
 * only look, and on a large host would mostly plan.
 * @param nowMs monotonic milliseconds
 * @param onPlan is told of each plan that is made
 */
export function pacedPlan(balance: BalanceSession, nowMs: () => number, onPlan: () => void): BalanceSession {
  let last: { readonly plan: Plan; readonly dueMs: number } | undefined;
  return {
    ...balance,
    plan: (...args) => {
      const startMs = nowMs();
      if (last !== undefined && startMs < last.dueMs) return last.plan;
      const plan = balance.plan(...args);
      const tookMs = nowMs() - startMs;
      last = { plan, dueMs: startMs + tookMs / share };
      onPlan();
      return plan;
    },
  };
}

/** The share of the time that plans may take. */
const share = 0.005;
