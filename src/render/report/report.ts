import type { CpuSet } from '../../model/cpu-set.ts';
import type { SimulationResult } from '../../model/score.ts';

/** All that a report tells. */
export type Report = {
  /** of vcpusched */
  readonly version: string;
  /** when it was made */
  readonly time: Date;
  /** the options given, as they were typed */
  readonly options: readonly string[];
  /** one sentence: which policy did best */
  readonly verdict: string;
  readonly inputs: readonly ReportInput[];
};

/** One input, and what came of each policy on it, in the order in which they are to be shown. */
export type ReportInput = {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly domainCount: number;
  readonly vcpuCount: number;
  /** the best reachable spread in each cycle, points */
  readonly bestSds: readonly number[];
  readonly runs: readonly ReportRun[];
};

export type ReportRun = SimulationResult & { readonly cycles: readonly ReportCycle[] };

export type ReportCycle = {
  /** the pCPUs that may be used in it */
  readonly pcpus: CpuSet;
  /** what each of them carries, per cent, in their order; above 100 is more than it can do */
  readonly loads: ArrayLike<number>;
  /** what of that is the host's own and emulators'; undefined where there is no such thing */
  readonly background?: ArrayLike<number> | undefined;
  /** their standard deviation, points */
  readonly sd: number;
  readonly moves: number;
};
