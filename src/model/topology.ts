import type { CpuSet } from './cpu-set.ts';

/** One physical CPU (a hardware thread) as `virsh capabilities` describes it. */
export type Pcpu = {
  readonly id: number;
  /** NUMA cell */
  readonly cellId: number;
  readonly socketId: number;
  readonly dieId: number;
  readonly coreId: number;
  /** The threads of the same core, this one included. */
  readonly siblings: CpuSet;
  /** the last-level cache that it shares, a number of its own for each; undefined where libvirt does not report */
  readonly l3Id?: number | undefined;
  /** the cluster of cores below the die (libvirt 10.1 and later); undefined where libvirt does not report */
  readonly clusterId?: number | undefined;
};

/** The host's pCPUs, ascending by id; empty where libvirt does not tell. */
export type Topology = readonly Pcpu[];
