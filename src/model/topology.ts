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
};

/** The host's pCPUs, ascending by id; empty where libvirt does not tell. */
export type Topology = readonly Pcpu[];
