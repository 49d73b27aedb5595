import { expect, test } from 'vitest';
import { deviation } from './oracles.ts';
import { hostOf, loadsOf, planFor } from './support.ts';

const demandOf = (i: number) => 1 + (i % 53) / 2;

test.each([
  ['everything on one pCPU', () => 0],
  ['in turn', (i: number) => i % 128],
])('1024 vCPUs on 128 pCPUs, %s: balanced at once', (_, on) => {
  const host = hostOf(
    128,
    Array.from({ length: 1024 }, (__, i) => ({ demand: demandOf(i), on: on(i) })),
  );
  const plan = planFor(host);
  expect(deviation(loadsOf(plan))).toBeLessThan(4);
});
