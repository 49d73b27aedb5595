import { expect, test } from 'vitest';
import { vcpuKey } from '../../src/model/host-load.ts';
import type { PastMove } from '../../src/model/past-move.ts';
import type { Move } from '../../src/model/plan.ts';
import { unlessReversal } from '../../src/session/reversal.ts';
import { moveOf, planOf } from '../support/plans.ts';

/** Domain `index` goes from one pCPU to another. */
const go = (index: number, from: number, to: number) => moveOf(index, `d${index}`, [to], { from: [from] });
const done = (...moves: readonly Move[]): readonly PastMove[] =>
  moves.map((move, i) => ({ key: vcpuKey(move), atMs: i, from: move.from, to: move.to }));

test.each<[what: string, past: readonly PastMove[], moves: readonly Move[], isMade: boolean]>([
  ['nothing was done before', [], [go(1, 0, 1)], true],
  ['the same back', done(go(1, 0, 1)), [go(1, 1, 0)], false],
  ['a part of it back', done(go(1, 0, 1), go(2, 0, 2)), [go(2, 2, 0)], false],
  ['a swap back', done(go(1, 0, 1), go(2, 1, 0)), [go(1, 1, 0), go(2, 0, 1)], false],
  ['what two plans did', done(go(1, 0, 1), go(3, 2, 3), go(2, 0, 1)), [go(2, 1, 0), go(1, 1, 0)], false],
  ['on to a third', done(go(1, 0, 1)), [go(1, 1, 2)], true],
  ['back, and another besides', done(go(1, 0, 1)), [go(1, 1, 0), go(2, 0, 1)], true],
  ['back to where the last move but one took it from', done(go(1, 0, 1), go(1, 1, 2)), [go(1, 2, 0)], true],
  ['somebody else has pinned it since', done(go(1, 0, 1)), [go(1, 2, 0)], true],
  ['it may not stay where it is', done(go(1, 0, 1)), [{ ...go(1, 1, 0), kind: 'place' }], true],
  ['another domain', done(go(1, 0, 1)), [go(2, 1, 0)], true],
])('%s', (_, past, moves, isMade) => {
  const plan = planOf(moves, { isCertain: false });
  const made = unlessReversal(plan, past);
  if (isMade) expect(made).toBe(plan);
  else {
    expect(made).toEqual({
      ...plan,
      moves: [],
      after: plan.before,
      summary: 'it would only undo the last moves, and its gain could be noise',
      verdict: { ...plan.verdict, kind: 'held-back' },
    });
  }
});

test('what is certain to be a gain is made', () => {
  const plan = planOf([go(1, 1, 0)], { isCertain: true });
  expect(unlessReversal(plan, done(go(1, 0, 1)))).toBe(plan);
});
