import { expect, test } from 'vitest';
import { inTurns } from '../../src/host/in-turns.ts';

/** Asks in rounds, each so long after the last; `asked` is told the number of those that each round asks. */
function rounds(count: number, sinceMs: number, forMs: number) {
  const items = Array.from({ length: count }, (_, i) => i);
  const lastMs = new Map<number, number>();
  let oldestMs = 0;
  const asked: number[] = [];
  for (let atMs = 0; atMs <= forMs; atMs += sinceMs) {
    const due = inTurns(items, (item) => lastMs.get(item), 30_000, { atMs, sinceMs });
    for (const item of due) lastMs.set(item, atMs);
    asked.push(due.length);
    oldestMs = Math.max(
      oldestMs,
      ...items.map((item) => atMs - (lastMs.get(item) ?? Number.NEGATIVE_INFINITY)),
    );
  }
  return { asked, oldestMs };
}

test.each([
  [1, 1000],
  [8, 1000],
  [8, 7000],
  [1000, 1000],
  [1000, 20_000],
  [5, 29_999],
])('of %i things none is older than the time, asked every %i ms', (count, sinceMs) => {
  const { asked, oldestMs } = rounds(count, sinceMs, 600_000);
  expect(oldestMs).toBeLessThanOrEqual(30_000);
  expect(asked[0]).toBe(count);
});

test('many are not asked all at once again, and not much oftener than they have to be', () => {
  const { asked } = rounds(1000, 1000, 600_000);
  expect(Math.max(...asked.slice(1))).toBe(134);
  const perSecond = asked.slice(1).reduce((sum, each) => sum + each) / 600;
  expect(perSecond).toBeLessThan(1000 / (0.75 * 30));
});

test('with longer intervals all are asked each time', () => {
  const { asked } = rounds(3, 31_000, 310_000);
  expect(new Set(asked)).toEqual(new Set([3]));
});

test('what was never asked comes at once, however many there are', () => {
  const due = inTurns([1, 2, 3, 4], (item) => (item < 3 ? undefined : 0), 30_000, {
    atMs: 1000,
    sinceMs: 1000,
  });
  expect(due).toEqual([1, 2]);
});

test('as long as no interval is known, all are asked', () => {
  expect(inTurns([1, 2], () => 0, 30_000, { atMs: Number.NaN, sinceMs: Number.NaN })).toEqual([1, 2]);
});
