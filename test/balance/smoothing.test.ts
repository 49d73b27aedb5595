import { expect, test } from 'vitest';
import { estimate, type Remembered } from '../../src/balance/estimate.ts';
import { type Smoothed, smooth } from '../../src/balance/smoothing.ts';
import { hostOf } from './support.ts';

function smoothed(values: readonly number[]): Smoothed | undefined {
  return values.reduce<Smoothed | undefined>(smooth, undefined);
}

test('the first value stands as it is', () => {
  expect(smoothed([37])).toEqual({ level: 37, count: 1, error: 0, noise: 0 });
});

test('a step counts at once', () => {
  expect(smoothed([20, 20, 20, 80])?.level).toBe(80);
});

test('a small step that lasts counts soon', () => {
  const noisy = (level: number, count: number) =>
    Array.from({ length: count }, (_, i) => level + (((i * 3) % 5) - 2));
  expect(smoothed([...noisy(40, 50), ...noisy(46, 5)])?.level).toBeGreaterThan(44);
});

test('noise is averaged away, the better the longer', () => {
  const swing = (i: number) => ((i * 7919) % 17) - 8;
  const offAfter = (count: number) =>
    Math.abs((smoothed(Array.from({ length: count }, (_, i) => 50 + swing(i)))?.level ?? 0) - 50);
  expect(offAfter(40)).toBeLessThan(1.5);
});

test('an oscillation is averaged away', () => {
  const swinging = Array.from({ length: 40 }, (_, i) => (i % 2 ? 55 : 45));
  expect(Math.abs((smoothed(swinging)?.level ?? 0) - 50)).toBeLessThan(2.5);
});

test.each([
  ['nothing waits', 30, 0, 30, 30],
  ['a sleeper that waits stretches its cycle', 25, 50, 75, 50],
  ['one that never sleeps wants all', 25, 75, 100, 100],
  ['nothing but waiting', 0, 100, 100, 100],
  ['ticks that round up', 60, 60, 100, 100],
])('both readings: %s', (_, usagePct, delayPct, openPct, closedPct) => {
  const { vcpus } = hostOf(1, [{ demand: 0, on: 0, reading: { kind: 'measured', usagePct, delayPct } }]);
  const nothing: Remembered | undefined = undefined;
  expect(estimate(vcpus, nothing).demands).toMatchObject([{ openPct, closedPct, known: true }]);
});
