import { mixFraction } from './hash.ts';

/**
 * How much of a pCPU a vCPU wants over the time of the scenario, in per cent, 0 to 100. Piecewise constant.
 * - `steps`: `pcts[i]` holds from `fromNs[i]` on; before the first, the last. With `repeatNs` it starts again
 *   after so long; `offsetNs` is how far into it the scenario begins. A square wave is two steps repeated. A
 *   recording has a step for each of thousands of samples, in typed arrays.
 * - `rows`: equally long steps, as a trace has them; starts again after the last.
 * - `noisy`: another demand, give or take `points` and `share` of itself, drawn anew every `everyNs`.
 */
export type Demand =
  | { readonly kind: 'constant'; readonly pct: number }
  | {
      readonly kind: 'steps';
      readonly fromNs: Numbers;
      readonly pcts: Numbers;
      readonly repeatNs?: number;
      readonly offsetNs?: number;
    }
  | { readonly kind: 'rows'; readonly rowNs: number; readonly pcts: Numbers }
  | {
      readonly kind: 'noisy';
      readonly of: Demand;
      readonly points: number;
      readonly share: number;
      readonly everyNs: number;
    };

type Numbers = readonly number[] | Float32Array | Float64Array;

/** What a demand is at a moment, and until when it stays so. */
export type Level = { readonly pct: number; readonly untilNs: number };

/** The demand at `atNs`; `seed` tells the noise of one vCPU from another's. */
export function demandAt(demand: Demand, atNs: number, seed: number): Level {
  switch (demand.kind) {
    case 'constant':
      return { pct: demand.pct, untilNs: Number.POSITIVE_INFINITY };
    case 'steps':
      return stepAt(demand, atNs);
    case 'rows': {
      const row = Math.floor(atNs / demand.rowNs);
      return { pct: demand.pcts[row % demand.pcts.length] ?? 0, untilNs: (row + 1) * demand.rowNs };
    }
    case 'noisy': {
      const level = demandAt(demand.of, atNs, seed);
      const draw = Math.floor(atNs / demand.everyNs);
      const swing = 2 * mixFraction(seed, draw) - 1;
      const pct = level.pct + swing * (demand.points + demand.share * level.pct);
      const untilNs = Math.min(level.untilNs, (draw + 1) * demand.everyNs);
      return { pct: Math.min(100, Math.max(0, pct)), untilNs };
    }
  }
}

function stepAt(demand: Extract<Demand, { kind: 'steps' }>, atNs: number): Level {
  const { fromNs, pcts, repeatNs = Number.POSITIVE_INFINITY, offsetNs = 0 } = demand;
  const shifted = atNs + offsetNs;
  const within = repeatNs === Number.POSITIVE_INFINITY ? shifted : shifted % repeatNs;
  const next = firstAbove(fromNs, within);
  const pct = pcts[next === 0 ? pcts.length - 1 : next - 1] ?? 0;
  return { pct, untilNs: atNs + ((fromNs[next] ?? repeatNs) - within) };
}

/** Where the first of `ascending` that is above `value` stands; their number where none is. */
function firstAbove(ascending: Numbers, value: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((ascending[middle] ?? 0) > value) to = middle;
    else from = middle + 1;
  }
  return from;
}
