import type { Counters } from '../../model/domain.ts';
import type { Demand } from '../demand.ts';

/** What a vCPU wanted between the samples of a recording, gathered from its counters, one sample after the other. */
export type RecordedDemand = {
  /** the counters in the `i`th sample; undefined where they are not known */
  readonly add: (i: number, counters: Counters | undefined) => void;
  /** whether these count from an earlier start than the last ones that were added, and so cannot be compared */
  readonly isBehind: (counters: Counters | undefined) => boolean;
  /** what comes next cannot be compared with what was */
  readonly cut: () => void;
  /** @param startsNs when each sample was taken */
  readonly demand: (startsNs: Float64Array) => Demand;
};

/**
 * Demand is what it ran and what it waited: the time in which it had something to do, at most all. Where samples are missing, it is spread evenly over the time between those that are there.
 * @param timesNs when each sample was taken; grows as samples are added
 */
export function recordedDemand(timesNs: readonly number[]): RecordedDemand {
  let first = 0;
  let count = 0;
  let pcts = new Float32Array(0);
  let last: { readonly i: number; readonly counters: Counters } | undefined;

  const fill = (from: number, to: number, pct: number) => {
    if (count === 0) first = from;
    count = to - first;
    if (count > pcts.length) {
      const longer = new Float32Array(Math.max(64, 2 * count));
      longer.set(pcts);
      pcts = longer;
    }
    pcts.fill(pct, from - first, to - first);
  };
  return {
    add: (i, counters) => {
      if (counters === undefined) return;
      if (last !== undefined) {
        const passedNs = (timesNs[i] ?? 0) - (timesNs[last.i] ?? 0);
        fill(last.i, i, Math.min(100, (wantedNs(last.counters, counters) / passedNs) * 100));
      }
      last = { i, counters };
    },
    isBehind: (counters) =>
      counters !== undefined &&
      last !== undefined &&
      (counters.cpuTimeNs < last.counters.cpuTimeNs ||
        (counters.delayNs ?? 0n) < (last.counters.delayNs ?? 0n)),
    cut: () => {
      last = undefined;
    },
    demand: (startsNs) => ({
      kind: 'steps',
      fromNs: startsNs.subarray(first, first + count),
      pcts: pcts.slice(0, count),
    }),
  };
}

/** Without halt polling. Where the delay is not told, usage is all there is to go by. */
function wantedNs(before: Counters, after: Counters): number {
  const isPolledTold = before.polledNs !== undefined && after.polledNs !== undefined;
  const polledNs = isPolledTold ? after.polledNs - before.polledNs : 0n;
  const ranNs = after.cpuTimeNs - before.cpuTimeNs - (polledNs > 0n ? polledNs : 0n);
  const isTold = before.delayNs !== undefined && after.delayNs !== undefined;
  return Number(isTold ? ranNs + after.delayNs - before.delayNs : ranNs);
}
