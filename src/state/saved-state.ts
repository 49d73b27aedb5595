import type { CpuSet } from '../model/cpu-set.ts';
import type { DomainRef } from '../model/domain.ts';
import type { PastMove } from '../model/past-move.ts';
import type { PcpuTimes } from '../model/snapshot.ts';

/** What has to outlive a run, for one connection. */
export type SavedState = {
  /** which start of the host it is about; undefined where the host is a remote one, and does not tell */
  readonly boot?: string | undefined;
  readonly vcpus: readonly SavedVcpu[];
  /** of the last hour */
  readonly moves: readonly PastMove[];
  /** of `once --since-last` */
  readonly sample?: SavedSample | undefined;
  /** pCPUs that libvirt has refused to pin vCPUs to */
  readonly refused?: readonly SavedRefusal[] | undefined;
};

/** A vCPU that vcpusched has pinned, or is about to. */
export type SavedVcpu = {
  readonly domain: DomainRef;
  readonly vcpu: number;
  /** libvirt's number of this start of the domain */
  readonly id: number;
  /** when it was last looked at; a vCPU that shows less has been started since, even where the number is the same */
  readonly cpuTimeNs?: bigint | undefined;
  /** the affinity before the first pin */
  readonly original: CpuSet;
  /**
   * the affinities that are vcpusched's own: the one it has set, or more where it is not known what became of a
   * pin; none where a pCPU has gone offline under it since, for the kernel has put something else in its place then
   */
  readonly set: readonly CpuSet[];
  /** whether somebody else has pinned it since */
  readonly foreign: boolean;
  /**
   * when libvirt said that this start of the domain is over, in milliseconds since the epoch; undefined while it did
   * not. A domain that was saved comes back with its pins, as another start
   */
  readonly goneAtMs?: number | undefined;
};

/** The pCPUs that libvirt has refused for one partition, for as long as all else is the same. */
export type SavedRefusal = {
  /** as `<resource><partition>` has it; '' where that is not known */
  readonly partition: string;
  readonly pcpus: CpuSet;
  /** the pCPUs that were online then */
  readonly online: CpuSet;
  /** the pCPUs that the partition's cgroup had then; undefined where that is not known */
  readonly granted?: CpuSet | undefined;
};

/** Counters to measure from, in place of a first sample. */
export type SavedSample = {
  /** of this machine, whose clock it is */
  readonly boot: string;
  /** CLOCK_MONOTONIC, which all processes of one boot share */
  readonly takenAtMs: number;
  /** the times of the pCPUs; undefined in a file that knows none yet */
  readonly pcpus?: readonly ({ readonly pcpu: number } & PcpuTimes)[] | undefined;
  readonly domains: readonly {
    readonly uuid: string;
    readonly id?: number | undefined;
    readonly cpuTimeNs?: bigint | undefined;
    readonly vcpus: readonly {
      readonly vcpu: number;
      readonly cpuTimeNs: bigint;
      readonly delayNs?: bigint | undefined;
      readonly polledNs?: bigint | undefined;
      /** as the pins of that run have left it */
      readonly affinity?: CpuSet | undefined;
      readonly lastPcpu?: number | undefined;
    }[];
  }[];
};

export const noState: SavedState = { vcpus: [], moves: [] };
