import type { CpuSet } from './cpu-set.ts';
import type { Domain } from './domain.ts';
import type { LeftAlone } from './plan.ts';
import type { Topology } from './topology.ts';

/** What one virsh process read of the host. */
export type Snapshot = {
  /** monotonic milliseconds at which the counters were read */
  readonly takenAtMs: number;
  /** the pCPUs that are online */
  readonly online: CpuSet;
  /** those that the kernel keeps free of its own balancing (isolcpus, nohz_full); undefined where that is not known */
  readonly isolated: CpuSet | undefined;
  readonly topology: Topology;
  /** running domains, ascending by UUID */
  readonly domains: readonly Domain[];
  /** domains that are there but not looked at (paused, a name that cannot be trusted), with the reason */
  readonly leftAlone: readonly LeftAlone[];
};
