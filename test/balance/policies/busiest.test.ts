import { expect, test } from 'vitest';
import { hostOf, type Wish } from '../support.ts';
import { cycles, decided, movesOf } from './support.ts';

const two = (...wishes: readonly Wish[]) => hostOf(2, wishes);

test.each<[string, readonly Wish[], readonly string[]]>([
  [
    'the busiest goes',
    [
      { demand: 20, on: 0 },
      { demand: 60, on: 0 },
      { demand: 30, on: 0 },
    ],
    ['d0001: 0 > 1'],
  ],
  [
    'of equals, the first',
    [
      { demand: 30, on: 0 },
      { demand: 30, on: 0 },
    ],
    ['d0000: 0 > 1'],
  ],
  [
    'a gap of 10 points is allowed',
    [
      { demand: 40, on: 0 },
      { demand: 30, on: 1 },
    ],
    [],
  ],
  [
    'a fixed one stays',
    [
      { demand: 50, on: 0, fixed: 'excluded' },
      { demand: 5, on: 0 },
    ],
    ['d0001: 0 > 1'],
  ],
  [
    'where it may not go, another does',
    [
      { demand: 50, on: 0, allowed: [0] },
      { demand: 5, on: 0 },
    ],
    ['d0001: 0 > 1'],
  ],
])('%s', (_, wishes, moves) => {
  expect(movesOf(decided('busiest', two(...wishes)))).toEqual(moves);
});

const uneven: readonly Wish[] = [
  { demand: 50, on: [0, 1], last: 0 },
  { demand: 30, on: [0, 1], last: 0 },
  { demand: 10, on: [0, 1], last: 1 },
];

test('all others are pinned where they last ran', () => {
  const plan = decided('busiest', two(...uneven));
  expect(movesOf(plan)).toEqual(['d0000: 0,1 > 1', 'd0001: 0,1 > 0', 'd0002: 0,1 > 1']);
  expect(plan.moves.map(({ kind, reason }) => [kind, reason])).toEqual([
    ['place', 'the busiest goes from pCPU 0 (80 %) to pCPU 1 (10 %)'],
    ['place', 'was free to run on 0-1; pCPU 0 is where it last ran'],
    ['place', 'was free to run on 0-1; pCPU 1 is where it last ran'],
  ]);
  expect(plan.summary).toBe(
    '3 vCPUs are pinned to one pCPU each; the busiest goes from pCPU 0 (80 %) to pCPU 1 (10 %)',
  );
});

test('but not while the gap is small, nor with --place keep', () => {
  const even = uneven.map((wish, i) => ({ ...wish, last: i === 0 ? 0 : 1 }));
  for (const plan of [
    decided('busiest', two(...even)),
    decided('busiest', two(...uneven), { place: 'keep' }),
  ]) {
    expect(plan.moves).toEqual([]);
    expect(plan.leftAlone.map(({ reason }) => reason)).toEqual(
      uneven.map(() => 'may run on several pCPUs, and is left so'),
    );
  }
});

test('one that last ran where it may not be goes to the idlest', () => {
  const outside: Wish = { demand: 5, on: [1, 2], last: 2, allowed: [0, 1] };
  const plan = decided('busiest', two({ demand: 50, on: 0 }, outside));
  expect(movesOf(plan)).toEqual(['d0000: 0 > 1', 'd0001: 1,2 > 1']);
});

test('its weakness: what is large overshoots, and comes back', () => {
  const { plans } = cycles(
    'busiest',
    two({ demand: 60, on: 0 }, { demand: 20, on: 0 }, { demand: 10, on: 1 }),
  );
  expect(plans.slice(0, 3).map(movesOf)).toEqual([['d0000: 0 > 1'], ['d0000: 1 > 0'], ['d0000: 0 > 1']]);
});
