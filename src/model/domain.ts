import type { Bounds } from './bounds.ts';
import type { CpuSet } from './cpu-set.ts';

/** What names a domain: the UUID to address it by, the name for people. */
export type DomainRef = { readonly uuid: string; readonly name: string };

/** A running domain with its online vCPUs, ascending by number. */
export type Domain = DomainRef & {
  /** libvirt's number of this start, another after each; undefined where it is not known (yet) */
  readonly id: number | undefined;
  readonly bounds: Bounds;
  /** nanoseconds that all its threads have run: vCPUs, emulator, I/O threads (`cpu.time`); undefined where not known */
  readonly cpuTimeNs?: bigint | undefined;
  readonly vcpus: readonly Vcpu[];
};

/** One vCPU at one moment. What could not be read is undefined, never zero, and `problem` says why. */
export type Vcpu = {
  /** libvirt's number; numbers can be sparse */
  readonly number: number;
  readonly counters: Counters | undefined;
  readonly placement: Placement | undefined;
  readonly problem: string | undefined;
};

/** Cumulative since the domain started. */
export type Counters = {
  /** nanoseconds run, in steps of 10 ms */
  readonly cpuTimeNs: bigint;
  /** nanoseconds runnable but waiting for a pCPU; undefined before libvirt 7.2 */
  readonly delayNs: bigint | undefined;
  /**
   * nanoseconds of cpuTimeNs in which KVM polled for work of a halted vCPU (libvirt 8.10 and later); undefined where
   * libvirt does not tell
   */
  readonly polledNs?: bigint | undefined;
};

export type Placement = {
  /** the pCPUs it may run on now */
  readonly affinity: CpuSet;
  /** the pCPU it last ran on */
  readonly lastPcpu: number;
};
