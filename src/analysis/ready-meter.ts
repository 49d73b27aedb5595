import type { Quantiles } from '../model/host-report.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Sample } from '../simulate/recording/encode.ts';
import { histogram } from './histogram.ts';
import { type Interval, intervalReader } from './interval.ts';
import { windowOf } from './window.ts';

/** Measures the ready time of all vCPUs, as the analysis of a recording does, and nothing else. */
export type ReadyMeter = {
  readonly addSample: (sample: Sample) => void;
  /** undefined where nothing is known */
  readonly quantiles: () => Quantiles | undefined;
};

export function readyMeter(): ReadyMeter {
  const intervals = intervalReader();
  const ready = histogram();
  let last: Snapshot | undefined;
  const take = (interval: Interval | undefined) => {
    for (const { vcpus } of interval?.domains ?? []) {
      for (const { readyPct, measuredMs } of vcpus)
        if (readyPct !== undefined && measuredMs > 0) ready.add(readyPct, measuredMs);
    }
  };
  return {
    addSample: ({ wallMs, snapshot }) => {
      if (last !== undefined) take(intervals.add(windowOf(last, snapshot, wallMs, noBackground)));
      last = snapshot;
    },
    quantiles: () => {
      take(intervals.cut());
      return ready.quantiles();
    },
  };
}

/** It takes no part in ready time. */
const noBackground: ReadonlyMap<number, number> = new Map();
