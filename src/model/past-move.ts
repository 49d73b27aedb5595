import type { CpuSet } from './cpu-set.ts';

/** A pin that took: the host showed it afterwards. */
export type PastMove = {
  /** of the vCPU, as vcpuKey has it */
  readonly key: string;
  /** wall clock, milliseconds since the epoch: it has to mean the same to the next run of the program */
  readonly atMs: number;
  /** the affinity before */
  readonly from: CpuSet;
  /** the affinity that was set */
  readonly to: CpuSet;
};
