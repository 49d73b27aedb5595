import { groupBy } from '../model/group-by.ts';
import type { SimulationResult } from '../model/score.ts';
import { bestFirst } from './simulate-text.ts';

/** The results as JSON has them: an entry for each input, policy and setting, in each input the best first. */
export function simulateFields(results: readonly SimulationResult[]) {
  const sorted = [...groupBy(results, ({ input }) => input).values()].flatMap((own) => bestFirst(own));
  return {
    results: sorted.map(({ input, policy, settings, score }) => ({
      input,
      policy,
      settings,
      ...score,
      delaySeconds: score.stealSeconds,
      oracleDelaySeconds: score.oracleStealSeconds,
      secondsToBalance: score.secondsToBalance ?? null,
    })),
  };
}
