import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestSpread, spread } from '../../../src/simulate/score/best-spread.ts';

/** The least deviation of any placement, all of them tried. */
function byBruteForce(demands: readonly number[], base: readonly number[]): number {
  const loads = [...base];
  let best = Number.POSITIVE_INFINITY;
  const place = (i: number): void => {
    const demand = demands[i];
    if (demand === undefined) best = Math.min(best, spread(loads));
    else {
      for (const pcpu of loads.keys()) {
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
