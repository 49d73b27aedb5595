import type { Bounds } from '../model/bounds.ts';
import type { CpuSet } from '../model/cpu-set.ts';
import type { DomainRef } from '../model/domain.ts';
import type { Topology } from '../model/topology.ts';
import type { Demand } from './demand.ts';

/** A modelled host at one moment of its own time: plain data, kept as JSON between two virsh-sim calls. */
export type Host = {
  readonly seed: number;
  /** nanoseconds since the scenario began */
  readonly nowNs: number;
  readonly topology: Topology;
  readonly online: CpuSet;
  /** what the host itself runs: no domain, but it takes its share */
  readonly background: readonly Background[];
  /** what each pCPU did while it was online, ascending by number; one that is not in it has done nothing yet */
  readonly pcpuTimes?: readonly SimPcpuTimes[];
  /** what a pCPU does in the time in which the fastest does 1, above 0 to 1; one that is not in it does 1 */
  readonly capacity?: readonly { readonly pcpu: number; readonly share: number }[];
  /** what a thread does while the other threads of its core are busy, as a share of what it does alone; 1 if not given */
  readonly busySiblingSpeed?: number;
  /** the pCPUs that domains of a partition are granted; those of a partition that is not in it are granted all */
  readonly partitions?: readonly { readonly name: string; readonly cpus: CpuSet }[];
  readonly domains: readonly SimDomain[];
  /** the id that the next domain to start gets */
  readonly nextId: number;
  /** what is still to happen, ascending by time */
  readonly events: readonly HostEvent[];
};

export type Background = { readonly pcpu: number; readonly demand: Demand };

/** Nanoseconds since the scenario began; what waits for I/O is not modelled. */
export type SimPcpuTimes = {
  readonly pcpu: number;
  /** vCPUs and the host's own load */
  readonly userNs: number;
  /** emulators */
  readonly systemNs: number;
  readonly idleNs: number;
};

export type SimDomain = DomainRef & {
  readonly state: 'running' | 'paused' | 'shutoff';
  /** gone once it stops: it has no persistent configuration */
  readonly transient: boolean;
  /** undefined while shut off */
  readonly id: number | undefined;
  /** `<vcpu cpuset>`: where a vCPU may run that nobody has pinned */
  readonly cpuset: CpuSet | undefined;
  /** `<numatune>` of its memory */
  readonly numatune: { readonly mode: string; readonly cells: CpuSet } | undefined;
  /** of vcpusched's element in its metadata, live, the attributes as they stand there; undefined: there is none */
  readonly metadata: Attributes | undefined;
  /** the same in the persistent configuration, which the next start takes */
  readonly configuredMetadata: Attributes | undefined;
  /** cputune shares: its weight, divided over those of its vCPUs that are busy; 1024 is usual */
  readonly shares: number;
  readonly pace: Pace;
  readonly quota?: Quota;
  readonly realtime?: readonly Realtime[];
  /** per cent of a pCPU for which each of its idle vCPUs polls at most: KVM's halt polling */
  readonly pollingPct?: number;
  /** what it runs outside its vCPUs */
  readonly emulator?: Emulator;
  /** nanoseconds that its emulator, and vCPUs that have gone since, have run since it was started */
  readonly otherNs?: number;
  /** `<emulatorpin>`, and where the emulator is allowed then */
  readonly emulatorpin?: CpuSet;
  /** threads of a guest core */
  readonly guestThreads?: number;
  /** `<memnode>`, in the order of the guest's cells */
  readonly memnodes?: readonly Memnode[];
  /** its passed-through PCI devices */
  readonly devices?: readonly Device[];
  /** `<resource><partition>` */
  readonly partition?: string;
  /** what binds it as a recording tells it, which has no XML */
  readonly bounds?: Bounds;
  /** what libvirt is doing with it, so that nothing else can be done: a pin waits so long before it fails */
  readonly job?: Job;
  /** all that it may have, ascending by number */
  readonly vcpus: readonly SimVcpu[];
};

export type Attributes = Readonly<Record<string, string>>;

/** `<cputune>`: of each `periodUs`, a vCPU may run for `quotaUs`; all threads of the domain together for `global`. */
export type Quota = { readonly vcpu?: Bandwidth; readonly global?: Bandwidth };
export type Bandwidth = { readonly quotaUs: number; readonly periodUs: number };

/** `<vcpusched>`: these vCPUs run before all others on their pCPU. */
export type Realtime = {
  readonly vcpus: CpuSet;
  readonly scheduler: 'fifo' | 'rr';
  readonly priority: number;
};

/** Its demand, where that is now, and the pCPUs that it may use: the emulatorpin, else what the vCPUs may. */
export type Emulator = { readonly demand: Demand; readonly pcpu: number };

/** A guest cell: its vCPUs, and the host cells that its memory comes from. */
export type Memnode = { readonly vcpus: CpuSet; readonly mode: string; readonly cells: CpuSet };

/** A PCI device of the host, by its address, and the cell that it is attached to. */
export type Device = { readonly bus: number; readonly slot: number; readonly cell: number };

export type Job = { readonly operation: string; readonly sinceNs: number; readonly waitNs: number };

/**
 * - `open`: paced by the clock. What it wanted and did not get is gone; the time spent waiting is its delay.
 * - `closed`: does the work of one cycle, however long that takes, then sleeps for the rest that the
 *   demand leaves. Waiting stretches the cycle, so a crowded one shows less demand.
 * - `bursts`: has something to do, or not, many times a second; its demand is the share of the time in which it
 *   has, waiting included, as a recording tells it. Pinned, it waits where its bursts and those of others happen to
 *   fall together; one that is free to go evades them.
 */
export type Pace =
  | { readonly kind: 'open' | 'bursts' }
  | { readonly kind: 'closed'; readonly cycleNs: number };

export type SimVcpu = {
  readonly number: number;
  /** plugged in */
  readonly online: boolean;
  readonly demand: Demand;
  /** the mask that libvirt was given, live; undefined: never pinned */
  readonly pinned: CpuSet | undefined;
  /** the mask of the persistent configuration, which the next start takes */
  readonly configured: CpuSet | undefined;
  /** the live mask that somebody sets at each start, where the configuration has none */
  readonly atStart: CpuSet | undefined;
  /** whether a policy under trial has pinned it, and nobody else */
  readonly isSteered?: boolean;
  /** the pCPU it is on, or was last */
  readonly pcpu: number;
  readonly runNs: number;
  readonly delayNs: number;
  /** of runNs, for which it polled */
  readonly polledNs?: number;
  /** nanoseconds of work that it was entitled to and did not get: without what a quota throttled */
  readonly starvedNs?: number;
  /** how far a closed guest is in its cycle; undefined before its first */
  readonly cycle?: Cycle | undefined;
};

/** Working for `leftNs` of pCPU time more, then asleep for `sleepNs`; or asleep until `wakesNs`. */
export type Cycle =
  | { readonly kind: 'work'; readonly leftNs: number; readonly sleepNs: number }
  | { readonly kind: 'sleep'; readonly wakesNs: number };

export type HostEvent = { readonly atNs: number } & (
  | {
      readonly kind: 'start' | 'stop' | 'restart' | 'suspend' | 'resume' | 'end-job';
      readonly uuid: string;
    }
  | { readonly kind: 'job'; readonly uuid: string; readonly operation: string }
  | { readonly kind: 'background'; readonly pcpus: CpuSet; readonly demand: Demand }
  | { readonly kind: 'plug' | 'unplug'; readonly uuid: string; readonly vcpu: number }
  | { readonly kind: 'offline' | 'online'; readonly pcpu: number }
);

/** Where libvirt puts a domain that names no other partition. */
export const usualPartition = '/machine';

/** The pCPUs that are online and that the cgroup of a domain's partition has. */
export function grantedTo(
  { partition = usualPartition }: SimDomain,
  { partitions, online }: Pick<Host, 'partitions' | 'online'>,
): CpuSet {
  const granted = partitions?.find(({ name }) => name === partition)?.cpus;
  return granted === undefined ? online : within(granted, online);
}

/**
 * The pCPUs that the kernel lets a vCPU run on: those of its mask that it is granted, or all of these if none is left.
 * @param granted what `grantedTo` says of its domain
 */
export function affinityOf({ pinned }: SimVcpu, { cpuset }: SimDomain, granted: CpuSet): CpuSet {
  const mask = pinned ?? cpuset;
  return mask === undefined ? granted : within(mask, granted);
}

/** The same for a domain's emulator: it goes where the vCPUs that nobody pinned may go, unless it is pinned itself. */
export function emulatorAffinity({ emulatorpin, cpuset }: SimDomain, granted: CpuSet): CpuSet {
  const mask = emulatorpin ?? cpuset;
  return mask === undefined ? granted : within(mask, granted);
}

/** A cpuset without a pCPU that can be used does not bind. */
function within(mask: CpuSet, usable: CpuSet): CpuSet {
  const left = mask.filter((cpu) => usable.includes(cpu));
  return left.length > 0 ? left : usable;
}
