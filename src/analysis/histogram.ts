import type { Quantiles } from '../model/host-report.ts';

/** How often there was how much, to a tenth: takes as much room for a day as for a year. */
export type Histogram = {
  /** @param weight how long it was so */
  readonly add: (value: number, weight: number) => void;
  readonly addAll: (other: Histogram) => void;
  /** undefined where there is nothing */
  readonly quantiles: () => Quantiles | undefined;
  /** the weight of each tenth */
  readonly tenths: () => Float64Array;
};

/** Values below 0 count as 0. */
export function histogram(): Histogram {
  let weights = new Float64Array(64);

  const addTenths = (tenths: number, weight: number) => {
    if (tenths >= weights.length) {
      const longer = new Float64Array(Math.max(2 * weights.length, tenths + 1));
      longer.set(weights);
      weights = longer;
    }
    weights[tenths] = (weights[tenths] ?? 0) + weight;
  };
  return {
    add: (value, weight) => addTenths(Math.max(0, Math.round(value * 10)), weight),
    addAll: (other) => {
      for (const [tenths, weight] of other.tenths().entries()) if (weight > 0) addTenths(tenths, weight);
    },
    tenths: () => weights,
    quantiles: () => quantilesOf(weights),
  };
}

function quantilesOf(weights: Float64Array): Quantiles | undefined {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return undefined;
  const below = (share: number) => {
    let sum = 0;
    // What rounding leaves of a sum must not lead to the next value.
    const wanted = total * share * (1 - 1e-12);
    return weights.findIndex((weight) => {
      sum += weight;
      return sum >= wanted;
    });
  };
  const mean = weights.reduce((sum, weight, tenths) => sum + weight * tenths, 0) / total;
  return { p50: below(0.5) / 10, p95: below(0.95) / 10, p99: below(0.99) / 10, mean: mean / 10 };
}
