import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histogram } from '../../src/analysis/histogram.ts';

/** By sorting: the least value that at least so much of the weight does not exceed. */
function percentile(values: readonly (readonly [tenths: number, weight: number])[], share: number): number {
  const sorted = values.toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, weight]) => sum + weight, 0);
  let below = 0;
  for (const [tenths, weight] of sorted) {
    below += weight;
    if (below * 100 >= total * share) return tenths / 10;
  }
  return Number.NaN;
}

const weighted = fc.array(fc.tuple(fc.nat({ max: 4000 }), fc.integer({ min: 1, max: 1000 })), {
  minLength: 1,
});

describe('a histogram', () => {
  test('of nothing says nothing', () => {
    expect(histogram().quantiles()).toBeUndefined();
  });

  test('of one to a hundred has the percentiles that their names say', () => {
    const all = histogram();
    for (let value = 1; value <= 100; value++) all.add(value, 20_000);
    expect(all.quantiles()).toEqual({ p50: 50, p95: 95, p99: 99, mean: 50.5 });
  });

  test('counts to a tenth, and what is below 0 as 0', () => {
    const all = histogram();
    all.add(-3, 1);
    all.add(0.04, 1);
    all.add(4.96, 18);
    expect(all.quantiles()).toMatchObject({ p50: 5, p95: 5 });
  });

  test('has the percentiles that sorting gives, however it was put together', () => {
    fc.assert(
      fc.property(weighted, fc.nat(), (values, cut) => {
        const [whole, first, second] = [histogram(), histogram(), histogram()];
        for (const [i, [tenths, weight]] of values.entries()) {
          whole.add(tenths / 10, weight);
          (i < cut % values.length ? first : second).add(tenths / 10, weight);
        }
        first.addAll(second);
        const found = whole.quantiles();
        expect(found?.p50).toBe(percentile(values, 50));
        expect(found?.p95).toBe(percentile(values, 95));
        expect(found?.p99).toBe(percentile(values, 99));
        expect(first.quantiles()).toEqual(found);
      }),
    );
  });
});
