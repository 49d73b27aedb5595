import { describe, expect, test } from 'vitest';
import type { BestSpread } from '../../../src/simulate/score/best-spread.ts';
import type { Reference } from '../../../src/simulate/score/reference.ts';
import type { History } from '../../../src/simulate/score/replay.ts';
import { score } from '../../../src/simulate/score/score.ts';

const cycles = { intervalMs: 2000, count: 5 };

const history = (sds: readonly number[], moves: readonly number[] = []): History => ({
  cycles: sds.map((sd, i) => ({
    sd,
    moves: moves[i] ?? 0,
    pcpus: [0],
    loads: new Float32Array(1),
    background: undefined,
  })),
  stealSeconds: 30,
});

const ideal = (over: Partial<Reference> = {}): Reference => ({
  best: Array.from({ length: 5 }, (): BestSpread => ({ sd: 10, search: 'exact' })),
  changed: [true, false, false, false, false],
  demandSeconds: 200,
  oracleStealSeconds: 20,
  vcpuHours: 2,
  ...over,
});

describe('score', () => {
  test('balanced is within 5 points of the best, and the first time counts', () => {
    expect(score(history([40, 15.1, 15, 12, 30]), ideal(), cycles)).toMatchObject({
      secondsToBalance: 4,
      balancedByFirstDecision: false,
      unbalancedShare: 0.6,
      finalSd: 30,
      bestSd: 10,
      bestSdSearch: 'exact',
    });
  });

  test('the first decision is made at the end of the first cycle', () => {
    const { balancedByFirstDecision, secondsToBalance } = score(history([40, 12]), ideal(), cycles);
    expect({ balancedByFirstDecision, secondsToBalance }).toEqual({
      balancedByFirstDecision: true,
      secondsToBalance: 2,
    });
  });

  test('where there is one cycle nothing could be decided: what counts is how it is', () => {
    expect(score(history([12]), ideal(), cycles).balancedByFirstDecision).toBe(true);
    expect(score(history([40]), ideal(), cycles).balancedByFirstDecision).toBe(false);
    expect(score(history([12, 40]), ideal(), cycles).balancedByFirstDecision).toBe(false);
  });

  test('never balanced', () => {
    expect(score(history([40, 40]), ideal(), cycles)).toMatchObject({
      secondsToBalance: undefined,
      unbalancedShare: 1,
    });
  });

  test('moves are late where it was balanced and nobody came to want anything else', () => {
    const changed = [true, false, false, true, false];
    const { moves, movesPerVcpuHour, movesAfterBalance } = score(
      history([40, 11, 11, 11, 11], [0, 6, 1, 2, 4]),
      ideal({ changed }),
      cycles,
    );
    // Those of the fifth cycle answer to what changed in the fourth.
    expect({ moves, movesPerVcpuHour, movesAfterBalance }).toEqual({
      moves: 13,
      movesPerVcpuHour: 6.5,
      movesAfterBalance: 3,
    });
  });

  test('moves are not late in the cycle in which pCPUs come or go', () => {
    const { cycles: all, stealSeconds } = history([11, 11, 11, 11, 11], [0, 0, 6, 1, 0]);
    const grown = { stealSeconds, cycles: all.map((each, i) => (i < 2 ? each : { ...each, pcpus: [0, 1] })) };
    expect(score(grown, ideal(), cycles).movesAfterBalance).toBe(1);
  });

  test('starvation is what lies above the oracle, in per cent of the demand', () => {
    expect(score(history([1]), ideal(), cycles)).toMatchObject({
      stealSeconds: 30,
      oracleStealSeconds: 20,
      excessPct: 5,
    });
    expect(score(history([1]), ideal({ demandSeconds: 0 }), cycles).excessPct).toBe(0);
  });
});
