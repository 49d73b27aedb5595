import { describe, expect, test } from 'vitest';
import { avoidableStarvation, starvation, steepness } from '../../src/balance/evenness.ts';
import { NOWHERE } from '../../src/balance/item.ts';
import { plainLoads } from './support.ts';

/** Loads that swing, with a standard deviation of `swing` points each. */
function swinging(loads: readonly number[], swing: number) {
  return { ...plainLoads(loads), variances: loads.map(() => swing ** 2) };
}

describe('starvation', () => {
  test('of loads that do not swing is what lies above 100 %', () => {
    expect(starvation(swinging([130, 100, 70, 105], 0))).toBe(35);
  });

  test.each([1, 4, 10])('a pCPU that is just full starves half of the time: %d points', (swing) => {
    // The mean of what lies above 0 of a normal distribution around it: its deviation / sqrt(2 pi).
    expect(starvation(swinging([100], swing))).toBeCloseTo(swing / Math.sqrt(2 * Math.PI), 2);
  });

  test('far from 100 % swinging makes no difference', () => {
    expect(starvation(swinging([40], 5))).toBeLessThan(1e-6);
    expect(starvation(swinging([190], 5))).toBeCloseTo(90, 6);
  });

  test('a sum of squares that ended a little below 0 is none', () => {
    expect(starvation({ ...plainLoads([104]), variances: [-1e-12] })).toBe(4);
  });
});

describe('avoidable starvation', () => {
  test('of even loads there is none, however full and restless they are', () => {
    for (const load of [50, 95, 100, 130])
      expect(avoidableStarvation(swinging([load, load, load], 6))).toBeCloseTo(0, 9);
  });

  test('uneven loads starve where even ones would not, the more the nearer they are to 100 %', () => {
    const [idle = 0, full = 0] = [50, 97].map((level) =>
      avoidableStarvation(swinging([level - 3, level + 3], 4)),
    );
    expect(idle).toBeLessThan(0.001);
    expect(full).toBeGreaterThan(0.3);
  });
});

describe('steepness', () => {
  test('is how much more starves for each point more', () => {
    for (const load of [60, 96, 100, 103, 150]) {
      const [less, more] = [load - 0.01, load + 0.01].map((each) => starvation(swinging([each], 4)));
      expect(steepness(swinging([load], 4), 0)).toBeCloseTo(((more ?? 0) - (less ?? 0)) / 0.02, 6);
    }
  });

  test('of a load that does not swing it is all or nothing', () => {
    const loads = swinging([99, 101], 0);
    expect([0, 1, NOWHERE].map((unit) => steepness(loads, unit))).toEqual([0, 1, 0]);
  });
});
