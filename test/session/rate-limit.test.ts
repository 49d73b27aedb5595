import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PastMove } from '../../src/model/past-move.ts';
import { coolingDown, inLastHour, rateLimit, rateLimited } from '../../src/session/rate-limit.ts';
import { moveOf } from '../support/plans.ts';

const move = (key: string, atMs: number, from: readonly number[] = [0], to: readonly number[] = [1]) => ({
  key,
  atMs,
  from,
  to,
});
const hourMs = 3_600_000;

describe('rateLimited', () => {
  test.each<[what: string, past: readonly PastMove[], worn: readonly string[]]>([
    ['nothing yet', [], []],
    ['one move too few', [move('a', 1)], []],
    ['as many as may be, of one of two', [move('a', 1), move('b', 2), move('a', 3)], ['a']],
    ['the first pin of a floating vCPU is none', [move('a', 1, [0, 1], [1]), move('a', 2)], []],
    ['one that leaves it fewer pCPUs is none', [move('a', 1, [0, 1, 2], [1, 2]), move('a', 2)], []],
    ['one to several others is one', [move('a', 1, [0, 1], [2, 3]), move('a', 2, [2, 3], [3, 4])], ['a']],
  ])('%s', (_, past, worn) => {
    expect([...rateLimited(past, 2)]).toEqual(
      worn.map((key) => [key, 'it has moved as often within an hour as --max-rate 2 allows']),
    );
  });
});

describe('coolingDown', () => {
  test.each<[what: string, past: readonly PastMove[], cooldown: number, cooling: readonly string[]]>([
    ['off', [move('a', 10_000)], 0, []],
    ['off, and the clock was set back', [move('a', 20_000)], 0, []],
    ['just now', [move('a', 10_000)], 5, ['a']],
    ['just over', [move('a', 5000)], 5, []],
    ['a first pin is no move', [move('a', 10_000, [0, 1], [0])], 5, []],
    ['the last move counts', [move('a', 1000), move('b', 2000), move('a', 9000)], 5, ['a']],
  ])('%s', (_, past, cooldown, cooling) => {
    expect([...coolingDown(past, 10_000, () => ({ seconds: cooldown, by: '--cooldown' }))]).toEqual(
      cooling.map((key) => [key, `its last move is less than ${cooldown} s ago (--cooldown)`]),
    );
  });
});

test('an hour is remembered; of a clock that was set back, no more than that', () => {
  const past = [0, 1, hourMs, hourMs + 1, 2 * hourMs + 1].map((atMs) => move('a', atMs));
  expect(inLastHour(past, hourMs + 1).map(({ atMs }) => atMs)).toEqual([2, 3].map((i) => past[i]?.atMs));
  expect(inLastHour(past, hourMs).map(({ atMs }) => atMs)).toEqual([1, hourMs, hourMs + 1]);
});

test('whoever heeds it moves a vCPU at most so often in any hour', () => {
  const steps = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), waitMs: fc.nat(hourMs) }));
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 4 }), (wishes, maxRate) => {
      const all: PastMove[] = [];
      let nowMs = 0;
      for (const { key, waitMs } of wishes) {
        nowMs += waitMs;
        if (!rateLimited(inLastHour(all, nowMs), maxRate).has(key)) all.push(move(key, nowMs));
      }
      for (const { key, atMs } of all) {
        const within = all.filter(
          (other) => other.key === key && other.atMs <= atMs && other.atMs > atMs - hourMs,
        );
        expect(within.length).toBeLessThanOrEqual(maxRate);
      }
    }),
  );
});

test('a vCPU whose pin has failed is left alone for five cycles', () => {
  const limit = rateLimit(30);
  limit.add([{ move: moveOf(1, 'web', [1]), error: 'no' }], 0);
  const next = () => limit.next(0, () => ({ seconds: 0, by: '--cooldown' }));
  const failed = Array.from({ length: 6 }, () => [...next().failed.values()]);
  expect(failed).toEqual([...Array(5).fill(['its last pin failed: no']), []]);
});
