import { sameCpus } from '../../model/cpu-set.ts';
import type { Score } from '../../model/score.ts';
import type { Reference } from './reference.ts';
import type { Cycles, History } from './replay.ts';

/** Compares what a policy did with what could be done. */
export function score({ cycles, stealSeconds }: History, ideal: Reference, { intervalMs }: Cycles): Score {
  const balanced = cycles.map(({ sd }, i) => sd <= (ideal.best[i]?.sd ?? 0) + balancedPoints);
  const first = balanced.indexOf(true);
  const moves = sum(cycles.map((cycle) => cycle.moves));
  const afterBalance = cycles.filter(
    ({ pcpus }, i) =>
      balanced[i - 1] === true &&
      ideal.changed[i - 1] === false &&
      // A policy sees at once which pCPUs there are; what is wanted shows a cycle later.
      sameCpus(pcpus, cycles[i - 1]?.pcpus ?? []),
  );
  const best = ideal.best.at(-1);
  const excessSeconds = stealSeconds - ideal.oracleStealSeconds;
  return {
    secondsToBalance: first < 0 ? undefined : (first * intervalMs) / 1000,
    // In a single cycle there is none.
    balancedByFirstDecision: balanced[1] ?? balanced[0] === true,
    unbalancedShare: share(balanced.filter((is) => !is).length, balanced.length),
    moves,
    movesPerVcpuHour: share(moves, ideal.vcpuHours),
    movesAfterBalance: sum(afterBalance.map((cycle) => cycle.moves)),
    finalSd: cycles.at(-1)?.sd ?? 0,
    bestSd: best?.sd ?? 0,
    bestSdSearch: best?.search ?? 'exact',
    stealSeconds,
    oracleStealSeconds: ideal.oracleStealSeconds,
    excessPct: 100 * share(excessSeconds, ideal.demandSeconds),
  };
}

/** Points of deviation above the best that still count as balanced. */
export const balancedPoints = 5;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
