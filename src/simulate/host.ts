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
  readonly domains: readonly SimDomain[];
  /** the id that the next domain to start gets */
  readonly nextId: number;
  /** what is still to happen, ascending by time */
  readonly events: readonly HostEvent[];
};

export type Background = { readonly pcpu: number; readonly demand: Demand };

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
  /** cputune shares: the weight of each of its vCPUs; 1024 is usual */
  readonly shares: number;
  readonly pace: Pace;
  /** all that it may have, ascending by number */
  readonly vcpus: readonly SimVcpu[];
};

export type Attributes = Readonly<Record<string, string>>;

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
  /** the pCPU it is on, or was last */
  readonly pcpu: number;
  readonly runNs: number;
  readonly delayNs: number;
  /** how far a closed guest is in its cycle; undefined before its first */
  readonly cycle?: Cycle | undefined;
};

/** Working for `leftNs` of pCPU time more, then asleep for `sleepNs`; or asleep until `wakesNs`. */
export type Cycle =
  | { readonly kind: 'work'; readonly leftNs: number; readonly sleepNs: number }
  | { readonly kind: 'sleep'; readonly wakesNs: number };

export type HostEvent = { readonly atNs: number } & (
  | {
      readonly kind: 'start' | 'stop' | 'restart' | 'suspend' | 'resume';
      readonly uuid: string;
    }
  | { readonly kind: 'plug' | 'unplug'; readonly uuid: string; readonly vcpu: number }
  | { readonly kind: 'offline' | 'online'; readonly pcpu: number }
);

/** The pCPUs that the kernel lets a vCPU run on: its mask without those offline, or all if none is left. */
export function affinityOf({ pinned }: SimVcpu, { cpuset }: SimDomain, online: CpuSet): CpuSet {
  const mask = pinned ?? cpuset;
  if (mask === undefined) return online;
  const usable = mask.filter((cpu) => online.includes(cpu));
  return usable.length > 0 ? usable : online;
}
