import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestSpread, spread } from '../../../src/simulate/score/best-spread.ts';
import type { Places } from '../../../src/simulate/score/task.ts';
import { tasks } from './support.ts';

/** The least deviation of any placement, all of them tried. */
function byBruteForce(
  demands: readonly number[],
  base: readonly number[],
  allowed: readonly Places[] = [],
): number {
  const loads = [...base];
  let best = Number.POSITIVE_INFINITY;
  const place = (i: number): void => {
    const demand = demands[i];
    if (demand === undefined) best = Math.min(best, spread(loads));
    else {
      for (const pcpu of allowed[i] ?? loads.keys()) {
        const load = loads[pcpu] ?? 0;
        loads[pcpu] = load + demand;
        place(i + 1);
        loads[pcpu] = load;
      }
    }
  };
  place(0);
  return best;
}

describe('bestSpread', () => {
  test('without a pCPU there is none', () => {
    expect(bestSpread([40, 20], [])).toEqual({ sd: 0, search: 'exact' });
    expect(spread([])).toBe(0);
  });

  test('is that of brute force, to a tenth of a point', () => {
    const demand = fc.double({ min: 0, max: 100, noNaN: true });
    const base = fc.array(fc.constantFrom(0, 0, 0, 20, 70), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(demand, { maxLength: 6 }), base, (demands, loads) => {
        const { sd, search } = bestSpread(demands, loads);
        const least = byBruteForce(demands, loads);
        expect(search).toBe('exact');
        expect(sd).toBeGreaterThanOrEqual(least - 1e-6);
        expect(sd).toBeLessThanOrEqual(least + 0.1 + 1e-6);
      }),
    );
  });

  test('is that of brute force where demands may not go anywhere', () => {
    fc.assert(
      fc.property(tasks({ maxDemands: 6, maxPcpus: 4 }), ({ demands, base, allowed }) => {
        const { sd, search } = bestSpread(demands, base, allowed);
        const least = byBruteForce(demands, base, allowed);
        expect(search).toBe('exact');
        expect(sd).toBeGreaterThanOrEqual(least - 1e-6);
        expect(sd).toBeLessThanOrEqual(least + 0.1 + 1e-6);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    // The quick search does not find these, and pCPUs of equal load are not alike in them.
    [
      'two pairs',
      [70, 40, 90, 100],
      [0, 0, 0],
      [
        [0, 1],
        [0, 2],
        [0, 1],
        [0, 2],
      ],
      Math.sqrt(200 / 3),
    ],
    [
      'one that is free',
      [70, 100, 60, 30],
      [0, 0, 0],
      [[0, 1], [1, 2], [0, 1], undefined],
      Math.sqrt(1400 / 9),
    ],
    ['all on one pCPU', Array(4).fill(40), [0, 0, 0, 0], Array(4).fill([2]), Math.sqrt(3) * 40],
    ['all in one cell', Array(4).fill(60), [0, 0, 0, 0], Array(4).fill([0, 1]), 60],
    [
      'each in its own cell',
      Array(24).fill(30),
      [0, 0, 0, 0],
      [...Array(8).fill([0, 1]), ...Array(16).fill([2, 3])],
      60,
    ],
    [
      'the others beside them',
      Array(18).fill(50),
      Array(6).fill(0),
      [[0], [0], [0], ...Array(15).fill(undefined)],
      0,
    ],
    [
      'more than their pCPUs have room for',
      Array(20).fill(60),
      Array(5).fill(0),
      [...Array(12).fill([0, 1]), ...Array(8).fill(undefined)],
      Math.sqrt((3 * 120 ** 2 + 2 * 60 ** 2) / 5),
    ],
  ])('%s', (_, demands, base, allowed, sd) => {
    expect(bestSpread(demands, base, allowed).sd).toBeCloseTo(sd, 6);
  });

  test('many demands are searched in full where each part of the host has few', () => {
    const cells = [0, 1, 2].flatMap((cell) => Array(8).fill([3 * cell, 3 * cell + 1, 3 * cell + 2]));
    expect(bestSpread(Array(24).fill(60), Array(9).fill(0), cells)).toEqual({
      sd: expect.closeTo(Math.sqrt((2 * 20 ** 2 + 40 ** 2) / 3), 6),
      search: 'exact',
    });
    expect(bestSpread(Array(24).fill(60), Array(9).fill(0)).search).toBe('bounded');
  });

  test.each([
    ['eight alike on four', Array(8).fill(42), [0, 0, 0, 0], 0, 'exact'],
    ['three on eight', [80, 80, 80], Array(8).fill(0), Math.sqrt((3 * 50 ** 2 + 5 * 30 ** 2) / 8), 'exact'],
    ['nothing', [], [0, 0], 0, 'exact'],
    ['what cannot be moved', [], [100, 0], 50, 'exact'],
    ['filling up beside it', [50, 50], [100, 0], 0, 'exact'],
  ])('%s', (_, demands, base, sd, search) => {
    expect(bestSpread(demands, base)).toEqual({ sd: expect.closeTo(sd, 6), search });
  });

  test('says so where many demands are searched in part', () => {
    expect(bestSpread(Array(17).fill(60), Array(12).fill(0)).search).toBe('bounded');
  });
});
