import { expect, test } from 'vitest';
import type { Score, SimulationResult } from '../../src/model/score.ts';
import { bestFirst, simulateText, verdict } from '../../src/render/simulate-text.ts';
import { style } from '../../src/render/style.ts';

test('the verdict names the best, by how much, and the next', () => {
  expect(verdict([resultOf('none', 70.25, 1, 0), resultOf('threshold', 1.161, 0.017, 6)])).toBe(
    "threshold with 1.16 % of the demand starved above the oracle's, unbalanced 1.7 % of the time, 6 moves, " +
      "69.09 points ahead; next none with 70.25 % of the demand starved above the oracle's, unbalanced 100.0 % " +
      'of the time, 0 moves',
  );
});

test('with the same starvation, time and then moves decide', () => {
  const [later, sooner] = [resultOf('spread', 0.5, 0.2, 1), resultOf('stddev', 0.5, 0.1, 9)];
  expect(verdict([later, sooner])).toMatch(/^stddev with .*, 9 moves; next spread with /);
  expect(bestFirst([later, sooner]).map(({ policy }) => policy)).toEqual(['stddev', 'spread']);
});

test('where nothing tells policies apart, none is called the best', () => {
  expect(verdict(['threshold', 'lightest', 'none'].map((name) => resultOf(name, 0, 0.017, 0)))).toBe(
    "no difference: threshold, lightest, none with 0.00 % of the demand starved above the oracle's, " +
      'unbalanced 1.7 % of the time, 0 moves',
  );
});

test('several that are equally good come before the next', () => {
  const results = [
    resultOf('spread', 3, 0.5, 1),
    resultOf('threshold', 0, 0, 2),
    resultOf('stddev', 0, 0, 2),
  ];
  expect(verdict(results)).toMatch(
    /^threshold, stddev with 0\.00 %.*, 2 moves, 3\.00 points ahead; next spread with /,
  );
});

test('one policy alone has nothing to be compared with', () => {
  expect(verdict([resultOf('threshold', 0, 0, 2)])).toMatch(/^threshold with [^;]*2 moves$/);
  expect(verdict([])).toBe('there is nothing to compare');
});

test('the mean over the inputs counts, and the sum of the moves', () => {
  const results = [resultOf('threshold', 1, 0.1, 2, 'a'), resultOf('threshold', 2, 0.3, 3, 'b')];
  expect(verdict(results)).toMatch(/^threshold with 1\.50 % .*unbalanced 20\.0 % of the time, 5 moves$/);
});

test('a terminal that is too narrow gets a table for each input', () => {
  const long = 'fixtures/scenarios/standard/1-all-on-one-42.toml';
  const results = [resultOf('none', 70.25, 1, 0, long), resultOf('threshold', 1.161, 0.017, 6, 'b.toml')];
  const text = simulateText(results, style(false, false, 80));
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toMatchInlineSnapshot(`
    "fixtures/scenarios/standard/1-all-on-one-42.toml
    policy      balanced  unbalanced  moves  late  spread  best  ready  above oracle
                   after
    none             2 s     100.0 %      0     0     0.0   0.0  0.0 s       70.25 %

    b.toml
    policy       balanced  unbalanced  moves  late  spread  best  ready        above
                    after                                                     oracle
    threshold         2 s       1.7 %      6     0     0.0   0.0  0.0 s       1.16 %

    Best: threshold with 1.16 % of the demand starved above the oracle's, unbalanced
          1.7 % of the time, 6 moves, 69.09 points ahead; next none with 70.25 % of
          the demand starved above the oracle's, unbalanced 100.0 % of the time, 0
          moves
    "
  `);
  expect(simulateText(results, style(false, false))).toMatch(/^input .*\nfixtures.*\nb\.toml /);
});

function resultOf(
  policy: string,
  excessPct: number,
  unbalancedShare: number,
  moves: number,
  input = 'a.toml',
) {
  const score: Score = {
    secondsToBalance: 2,
    balancedByFirstDecision: true,
    unbalancedShare,
    moves,
    movesPerVcpuHour: 0,
    movesAfterBalance: 0,
    finalSd: 0,
    bestSd: 0,
    bestSdSearch: 'exact',
    stealSeconds: 0,
    oracleStealSeconds: 0,
    excessPct,
  };
  return { input, policy, settings: {}, swept: {}, score } satisfies SimulationResult;
}
