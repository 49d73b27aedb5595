import type { Granularity } from './cpu-groups.ts';
import type { ZoneSettings } from './zones.ts';

/** What a policy is told by the user. */
export type PolicySettings = ZoneSettings & {
  /** low <= target <= high; proportions of one another, or shares of a pCPU in per cent */
  readonly thresholds: 'proportional' | 'absolute';
  readonly high: number;
  readonly target: number;
  readonly low: number;
  /** for `lightest` and `busiest`: what the loads of two pCPUs may differ by, in points */
  readonly gap: number;
  /** for `stddev`: what the standard deviation of the loads may be, in points */
  readonly sigma: number;
  /**
   * how a vCPU gets its first pCPU: as evenly by count as possible (`spread`), the largest first by load (`demand`), or not
   * at all (`keep`) if it may run on several
   */
  readonly place: 'spread' | 'demand' | 'keep';
  readonly granularity: Granularity;
  /** at most so many pins in a plan */
  readonly maxMoves: number | undefined;
  /** `now`: there is no next cycle to wait for (once, plan). `patient`: a small gain may wait until it has held (watch). */
  readonly urgency: 'now' | 'patient';
  /**
   * the vCPUs that were moved within the last hour, by their keys: where none was, a plan may be tried that is a great gain
   * by one reading of demand and a loss by the other
   */
  readonly movedLately: ReadonlySet<string>;
};
