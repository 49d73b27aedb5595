import { expect, test } from 'vitest';
import { tuning } from '../../src/balance/tuning.ts';
import { estimate } from '../../src/demand/estimate.ts';
import { emptySeries, type SeriesSet, smooth } from '../../src/demand/smoothing.ts';
import { hostOf } from '../balance/support.ts';

type Smoothed = {
  readonly level: number;
  readonly count: number;
  readonly noise: number;
  readonly recent: readonly number[];
};

function shown({ level, count, noise, recent, recentCount }: SeriesSet): Smoothed {
  return {
    level: level[0] ?? 0,
    count: count[0] ?? 0,
    noise: noise[0] ?? 0,
    recent: [...recent.subarray(0, recentCount[0])],
  };
}

function smoothed(values: readonly number[]): Smoothed {
  const series = emptySeries(1, tuning);
  for (const value of values) smooth(series, 0, value);
  return shown(series);
}

test('the first value stands as it is', () => {
  expect(smoothed([37])).toMatchObject({ level: 37, count: 1, recent: [37] });
});

test('a step counts at once', () => {
  expect(smoothed([20, 20, 20, 80]).level).toBe(80);
});

test('a small step that lasts counts soon', () => {
  const noisy = (level: number, count: number) =>
    Array.from({ length: count }, (_, i) => level + (((i * 3) % 5) - 2));
  expect(smoothed([...noisy(40, 50), ...noisy(46, 5)]).level).toBeGreaterThan(44);
});

test('noise is averaged away, the better the longer', () => {
  const swing = (i: number) => ((i * 7919) % 17) - 8;
  const offAfter = (count: number) =>
    Math.abs(smoothed(Array.from({ length: count }, (_, i) => 50 + swing(i))).level - 50);
  expect(offAfter(40)).toBeLessThan(1.5);
});

test('a step that noise could be is known after some values, and then nothing of what was before counts', () => {
  const noise = (i: number) => ((i * 7919) % 7) - 3;
  const before = Array.from({ length: 40 }, (_, i) => 40 + noise(i));
  const after = Array.from({ length: 12 }, (_, i) => 44 + noise(i));
  const { level, count } = smoothed([...before, ...after]);
  expect(count).toBeLessThanOrEqual(12);
  expect(Math.abs(level - 44)).toBeLessThan(1);
});

/** 2,000 values, evenly distributed over ten points. */
function seriesOfNoise(): readonly Smoothed[] {
  let state = 1;
  const series = emptySeries(1, tuning);
  return Array.from({ length: 2000 }, () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    smooth(series, 0, 45 + (10 * state) / 2 ** 32);
    return shown(series);
  });
}

test('the noise is known after a while, whatever it was taken for', () => {
  const known = seriesOfNoise().slice(100);
  const mean = known.reduce((sum, { noise }) => sum + noise, 0) / known.length;
  expect(mean).toBeGreaterThan(0.9 * (10 / Math.sqrt(12)));
  expect(mean).toBeLessThan(1.1 * (10 / Math.sqrt(12)));
});

test('noise is taken for a step once in fifty values at most', () => {
  const series = seriesOfNoise();
  const steps = series.filter(({ count }, i) => count < (series[i - 1]?.count ?? 0));
  expect(steps.length).toBeLessThanOrEqual(series.length / 50);
});

test('an oscillation is averaged away', () => {
  const swinging = Array.from({ length: 40 }, (_, i) => (i % 2 ? 55 : 45));
  expect(Math.abs(smoothed(swinging).level - 50)).toBeLessThan(2.5);
});

test.each([
  ['nothing waits', 30, 0, 30, 30],
  ['a sleeper that waits stretches its cycle', 25, 50, 75, 50],
  ['one that never sleeps wants all', 25, 75, 100, 100],
  ['nothing but waiting', 0, 100, 100, 100],
  ['ticks that round up', 60, 60, 100, 100],
])('both readings: %s', (_, usagePct, delayPct, openPct, closedPct) => {
  const { vcpus } = hostOf(1, [{ demand: 0, on: 0, reading: { kind: 'measured', usagePct, delayPct } }]);
  const { openLoopPct, closedLoopPct } = estimate(
    { vcpus, capacity: new Map() },
    undefined,
    tuning,
  ).estimates;
  expect([openLoopPct[0], closedLoopPct[0]]).toEqual([openPct, closedPct]);
});
