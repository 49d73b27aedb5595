import type { Settings } from '../config/settings.ts';
import type { Quantiles } from '../model/host-report.ts';
import type { Input } from '../simulate/input/input.ts';
import type { Reference } from '../simulate/score/reference.ts';
import type { Cycles, History } from '../simulate/score/replay.ts';

/**
 * A piece of a simulation that can be worked on beside others: plain data, so that it can go to a thread.
 * - `reference`: what policies are measured against
 * - `policy`: what the policy of the settings does
 * - `ready`: how long vCPUs wait under the policy of the settings
 */
export type Job = {
  readonly kind: 'reference' | 'policy' | 'ready';
  readonly input: Input;
  readonly cycles: Cycles;
  readonly settings: Settings;
};

export type JobResult =
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'policy'; readonly history: History }
  | { readonly kind: 'ready'; readonly ready: Quantiles | undefined; readonly moves: number };

/** Runs jobs, so many at a time; the results come in the order of the jobs. */
export type RunJobs = (
  jobs: readonly Job[],
  atATime: number,
  /** called now and then */
  onCycle: (job: number, cycle: number) => void,
  signal: AbortSignal,
) => Promise<readonly JobResult[]>;
