import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { deviation, hostOf, loadsOf, planFor } from './support.ts';

const demandOf = (i: number) => 1 + (i % 53) / 2;

/** Bounds are ten times what it takes on one core of 2020: they catch a worse order of growth, not a slow day. */
test.each([
  ['everything on one pCPU', () => 0, 3000],
  ['in turn', (i: number) => i % 128, 500],
])('1024 vCPUs on 128 pCPUs, %s: balanced at once', (_, on, mostMs) => {
  const host = hostOf(
    128,
    Array.from({ length: 1024 }, (__, i) => ({ demand: demandOf(i), on: on(i) })),
  );
  const startMs = performance.now();
  const plan = planFor(host);
  expect(performance.now() - startMs).toBeLessThan(mostMs);
  expect(deviation(loadsOf(plan))).toBeLessThan(4);
});
