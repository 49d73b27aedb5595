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
  /** why the topology is not known, where libvirt could not tell it */
  readonly topologyProblem?: string | undefined;
  /** of the pCPUs whose times were read with this sample; empty where none were */
  readonly pcpuTimes: ReadonlyMap<number, PcpuTimes>;
  /** what a pCPU can do, as a share of the host's fastest one, above 0 to 1; one that is not in it: 1 */
  readonly capacity: ReadonlyMap<number, number>;
  /** running domains, ascending by UUID */
  readonly domains: readonly Domain[];
  /** paused domains: they run nothing, and what pCPUs are theirs stay so; those of a replay are not known */
  readonly paused?: readonly Domain[] | undefined;
  /** domains that are there but not looked at (paused, a name that cannot be trusted), with the reason */
  readonly leftAlone: readonly LeftAlone[];
  /** whether the places of some vCPUs are those of an earlier sample: what was pinned since is not seen */
  readonly arePlacesOld?: boolean | undefined;
  /** what was odd about what virsh said so far, and what was made of it; a line each, for people */
  readonly remarks?: readonly string[] | undefined;
};

/** Cumulative since the host booted, nanoseconds in steps of 10 ms, guests included (`virsh nodecpustats --cpu`). */
export type PcpuTimes = {
  /** user and system time */
  readonly busyNs: bigint;
  /** busy, idle and waiting for I/O: the clock of this pCPU */
  readonly totalNs: bigint;
};
