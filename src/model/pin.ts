import type { CpuSet } from './cpu-set.ts';
import type { DomainRef } from './domain.ts';

/** An affinity to be set. */
export type Pin = {
  readonly domain: DomainRef;
  readonly vcpu: number;
  /** the affinity before */
  readonly from: CpuSet;
  /** the affinity to set */
  readonly to: CpuSet;
};
