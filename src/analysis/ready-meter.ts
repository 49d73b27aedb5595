import type { Quantiles } from '../model/host-report.ts';
import type { Sample } from '../simulate/recording/encode.ts';
import { histogram } from './histogram.ts';
import { type Interval, intervalReader } from './interval.ts';
import { windowReader } from './window.ts';

/** Measures the ready time of all vCPUs, as the analysis of a recording does, and nothing else. */
export type ReadyMeter = {
  readonly addSample: (sample: Sample) => void;
  /** undefined where nothing is known */
  readonly quantiles: () => Quantiles | undefined;
};

export function readyMeter(): ReadyMeter {
  const windows = windowReader();
  const intervals = intervalReader();
  const ready = histogram();
  const take = (interval: Interval | undefined) => {
    for (const { vcpus } of interval?.domains ?? []) {
      for (const { readyPct, measuredMs } of vcpus)
        if (readyPct !== undefined && measuredMs > 0) ready.add(readyPct, measuredMs);
    }
  };
  return {
    addSample: (sample) => {
      const window = windows.add(sample);
      if (window !== undefined) take(intervals.add(window));
    },
    quantiles: () => {
      take(intervals.cut());
      return ready.quantiles();
    },
  };
}
