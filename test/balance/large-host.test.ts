import { expect, test } from 'vitest';
import { drawFrom } from '../../bench/support/draw.ts';
import { policies } from '../../src/balance/policies/index.ts';
import { deviation } from './oracles.ts';
import { defaults, hostOf, loadsOf, planFor } from './support.ts';

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

test('1000 vCPUs that are noisy, seven or eight on each of 128 pCPUs: nothing moves, however long', () => {
  const draw = drawFrom(1);
  // The sum of four even ones: near a normal distribution, with a standard deviation of 1.2.
  const noise = () => draw(-1, 1) + draw(-1, 1) + draw(-1, 1) + draw(-1, 1);
  const decide = policies.threshold();
  const moves = Array.from({ length: 40 }, () => {
    const host = hostOf(
      128,
      Array.from({ length: 1000 }, (_, i) => ({ demand: 8 + noise(), on: i % 128 })),
    );
    return decide(host, { ...defaults, urgency: 'patient' }).moves.length;
  });
  expect(moves).toEqual(Array(40).fill(0));
});
