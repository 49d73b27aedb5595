import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { deviation } from '../oracles.ts';
import { hostOf, loadsOf, type Wish } from '../support.ts';
import { anyHost, cycles, decided, movesOf } from './support.ts';

const two = (...wishes: readonly Wish[]) => hostOf(2, wishes);

test('what a slow pCPU can do counts: a guest alone on one does not go to another like it', () => {
  const alone = {
    ...hostOf(3, [{ demand: 45, on: 1 }]),
    capacity: new Map([
      [1, 0.5],
      [2, 0.5],
    ]),
  };
  const { moves } = decided('stddev', alone, { sigma: 1 });
  expect(moves.filter(({ to }) => to[0] === 2)).toEqual([]);
});

test.each<[string, readonly Wish[], readonly string[]]>([
  [
    'the one goes that brings the two closest',
    [
      { demand: 60, on: 0 },
      { demand: 35, on: 0 },
      { demand: 10, on: 0 },
      { demand: 20, on: 1 },
    ],
    ['d0001: 0 > 1'],
  ],
  [
    'of equal fits, the first',
    [
      { demand: 30, on: 0 },
      { demand: 30, on: 0 },
      { demand: 5, on: 1 },
    ],
    ['d0000: 0 > 1'],
  ],
  [
    'a deviation of 5 points is allowed',
    [
      { demand: 25, on: 0 },
      { demand: 5, on: 0 },
      { demand: 20, on: 1 },
    ],
    [],
  ],
  [
    'one of more is not',
    [
      { demand: 26, on: 0 },
      { demand: 5, on: 0 },
      { demand: 20, on: 1 },
    ],
    ['d0001: 0 > 1'],
  ],
  [
    'none goes that brings them no closer',
    [
      { demand: 60, on: 0 },
      { demand: 40, on: 1 },
    ],
    [],
  ],
  ['not even with an empty one beside', [{ demand: 60, on: 0 }], []],
  [
    'a fixed one stays',
    [
      { demand: 30, on: 0, fixed: 'excluded' },
      { demand: 20, on: 0 },
    ],
    ['d0001: 0 > 1'],
  ],
])('%s', (_, wishes, moves) => {
  expect(movesOf(decided('stddev', two(...wishes)))).toEqual(moves);
});

test('--sigma', () => {
  const host = two({ demand: 30, on: 0 }, { demand: 10, on: 0 }, { demand: 20, on: 1 });
  expect(decided('stddev', host, { sigma: 10 })).toMatchObject({
    moves: [],
    summary: 'balanced: a deviation of 10 points',
  });
  expect(movesOf(decided('stddev', host, { sigma: 9.9 }))).toEqual(['d0001: 0 > 1']);
});

test('the reason names the pCPUs and their loads', () => {
  const plan = decided('stddev', two({ demand: 30, on: 0 }, { demand: 30, on: 0 }));
  expect(plan.moves[0]?.reason).toBe('the best fit goes from pCPU 0 (60 %) to pCPU 1 (0 %)');
});

test('eight on one of four: six moves, then rest', () => {
  const { plans } = cycles(
    'stddev',
    hostOf(
      4,
      Array.from({ length: 8 }, () => ({ demand: 20, on: 0 })),
    ),
  );
  expect(plans.map(({ moves }) => moves.length)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('lowers the deviation with each plan, and so comes to rest', () => {
  fc.assert(
    fc.property(anyHost, (host) => {
      const { plans } = cycles('stddev', host, { place: 'keep' });
      expect(plans.length).toBeLessThan(100);
      for (const plan of plans.filter(({ moves }) => moves.every(({ kind }) => kind === 'move'))) {
        const before = plan.before.map(({ loadPct }) => loadPct);
        expect(deviation(loadsOf(plan))).toBeLessThan(deviation(before));
      }
    }),
  );
});

test('its weakness: only a swap would help, or another pair of pCPUs', () => {
  const swap = two(
    { demand: 50, on: 0 },
    { demand: 50, on: 0 },
    { demand: 35, on: 1 },
    { demand: 35, on: 1 },
  );
  expect(decided('stddev', swap).moves).toEqual([]);
  const pair = hostOf(3, [
    { demand: 100, on: 0 },
    { demand: 40, on: 1 },
    { demand: 40, on: 1 },
  ]);
  expect(decided('stddev', pair)).toMatchObject({
    moves: [],
    summary: expect.stringMatching(
      /^no move brings the busiest and the idlest pCPU closer: a deviation of 43/,
    ),
  });
});
