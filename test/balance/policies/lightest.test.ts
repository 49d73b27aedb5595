import { expect, test } from 'vitest';
import { hostOf, type Wish } from '../support.ts';
import { cycles, decided, movesOf } from './support.ts';

const two = (...wishes: readonly Wish[]) => hostOf(2, wishes);

test.each<[string, readonly Wish[], readonly string[]]>([
  [
    'the least loaded goes',
    [
      { demand: 60, on: 0 },
      { demand: 20, on: 0 },
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
      { demand: 15, on: 1 },
      { demand: 15, on: 1 },
    ],
    [],
  ],
  [
    'one of more is not',
    [
      { demand: 40.1, on: 0 },
      { demand: 15, on: 1 },
      { demand: 15, on: 1 },
    ],
    ['d0000: 0 > 1'],
  ],
  [
    'a fixed one stays, and counts',
    [
      { demand: 5, on: 0, fixed: 'excluded' },
      { demand: 50, on: 0 },
    ],
    ['d0001: 0 > 1'],
  ],
  [
    'where it may not go, another does',
    [
      { demand: 5, on: 0, allowed: [0] },
      { demand: 50, on: 0 },
    ],
    ['d0001: 0 > 1'],
  ],
  [
    'where none may go, none does',
    [
      { demand: 5, on: 0, allowed: [0] },
      { demand: 50, on: 0, fixed: 'excluded' },
    ],
    [],
  ],
])('%s', (_, wishes, moves) => {
  expect(movesOf(decided('lightest', two(...wishes)))).toEqual(moves);
});

test('--gap', () => {
  const host = two({ demand: 60, on: 0 }, { demand: 20, on: 0 }, { demand: 30, on: 1 });
  expect(movesOf(decided('lightest', host, { gap: 50 }))).toEqual([]);
  expect(movesOf(decided('lightest', host, { gap: 49 }))).toEqual(['d0001: 0 > 1']);
});

test('from the busiest to the idlest of many, by the lower number where they are equal', () => {
  const host = hostOf(4, [{ demand: 20, on: 1 }, ...[1, 2, 2].map((on) => ({ demand: 30, on }))]);
  expect(movesOf(decided('lightest', host))).toEqual(['d0002: 2 > 0']);
});

test('where the busiest may give nothing, the next one does', () => {
  const host = hostOf(3, [
    { demand: 90, on: 0, fixed: 'excluded' },
    { demand: 30, on: 1 },
    { demand: 20, on: 1 },
  ]);
  expect(movesOf(decided('lightest', host))).toEqual(['d0002: 1 > 2']);
});

test('one that could not be read counts as the mean, or as when it was read, and stays', () => {
  const unread = { demand: 0, on: 0, reading: { kind: 'missing', reason: 'no time' } } as const;
  const plan = decided('lightest', two(unread, { demand: 40, on: 0 }, { demand: 40, on: 1 }));
  expect(plan.before.map(({ loadPct }) => loadPct)).toEqual([80, 40]);
  expect(movesOf(plan)).toEqual(['d0001: 0 > 1']);
  expect(plan.leftAlone).toMatchObject([{ domain: { name: 'd0000' }, reason: 'no time' }]);
});

test('eight on one of four: one move a cycle, then rest', () => {
  const { plans } = cycles(
    'lightest',
    hostOf(
      4,
      Array.from({ length: 8 }, () => ({ demand: 20, on: 0 })),
    ),
  );
  expect(plans.map(({ moves }) => moves.length)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('the reason and the summary name the pCPUs and their loads', () => {
  const plan = decided('lightest', two({ demand: 60, on: 0 }, { demand: 20, on: 0 }));
  const text = 'the lightest goes from pCPU 0 (80 %) to pCPU 1 (0 %)';
  expect([plan.summary, plan.moves[0]?.reason]).toEqual([text, text]);
});

test('its weakness: a large vCPU goes from pCPU to pCPU for ever', () => {
  const { plans } = cycles('lightest', two({ demand: 60, on: 0 }));
  expect(plans).toHaveLength(100);
});
