import { expect, test } from 'vitest';
import type { BalanceSession } from '../../src/session/balance-session.ts';
import { pacedPlan } from '../../src/session/paced-plan.ts';
import { planOf } from '../support/plans.ts';

/** Plans that take so long, asked for once a second for so many seconds: how many were made. */
function made(tookMs: number, seconds: number): number {
  let now = 0;
  let plans = 0;
  const plan = () => {
    now += tookMs;
    return planOf([]);
  };
  const paced = pacedPlan(
    { plan } as unknown as BalanceSession,
    () => now,
    () => {
      plans++;
    },
  );
  for (let second = 0; second < seconds; second++) {
    now = Math.max(now, second * 1000);
    paced.plan({} as never, 0);
  }
  return plans;
}

test.each([
  [0, 60, 60],
  [5, 60, 60],
  [10, 60, 30],
  [50, 60, 6],
])('a plan that takes %i ms is made in %i s so often: %i', (tookMs, seconds, plans) => {
  expect(made(tookMs, seconds)).toBe(plans);
});
