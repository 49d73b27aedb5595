import type { CpuSet } from './cpu-set.ts';
import type { DomainRule } from './domain-rule.ts';

/** What a domain's configuration, its cgroup and its own metadata say of where its vCPUs may run. */
export type Bounds = {
  /** the name that its own XML has, which nobody else can have written; undefined where that is not known */
  readonly name?: string | undefined;
  /**
   * `<vcpu cpuset>`, which counts for the vCPUs that have no pin of their own: of the persistent configuration,
   * or of the live XML of a transient domain
   */
  readonly cpuset: CpuSet | undefined;
  /**
   * `<vcpupin>` of the persistent configuration. A transient domain has none: its XML cannot tell an
   * administrator's pin from one that was only set live.
   */
  readonly pins: readonly { readonly vcpu: number; readonly cpus: CpuSet }[];
  /** the NUMA cells that all its memory has to come from: a `<numatune>` that is strict or restrictive */
  readonly memoryCells: CpuSet | undefined;
  /** the same for the memory of a guest cell, by `<memnode>`, and the vCPUs of that guest cell */
  readonly memnodes: readonly { readonly vcpus: CpuSet; readonly cells: CpuSet }[];
  /** `<vcpupin>` and `<vcpu cpuset>` of the live XML: what somebody, perhaps vcpusched, has set since */
  readonly live: {
    readonly cpuset: CpuSet | undefined;
    readonly pins: readonly { readonly vcpu: number; readonly cpus: CpuSet }[];
    /** `<emulatorpin>` and `<iothreadpin>` */
    readonly emulator: readonly CpuSet[];
  };
  /** numad has chosen the pCPUs or the cells at the start (placement='auto'): the affinity alone shows which */
  readonly isAuto?: boolean | undefined;
  /** `<resource><partition>`: vCPUs of one partition are granted the same pCPUs */
  readonly partition: string | undefined;
  /** `<cputune>`: the most that a vCPU, or the domain with its emulator, may use, in per cent of a pCPU */
  readonly quota: { readonly vcpuPct: number | undefined; readonly domainPct: number | undefined };
  /** the vCPUs of a real-time class, by `<cputune><vcpusched>` */
  readonly realtime: readonly { readonly vcpus: CpuSet; readonly scheduler: string }[];
  /** `<emulatorpin>` and `<iothreadpin>` of the persistent configuration */
  readonly emulator: readonly CpuSet[];
  /** threads of a guest core, by `<cpu><topology threads>`; 1 where it says nothing */
  readonly guestThreads: number;
  /** the NUMA cells that its passed-through PCI devices are attached to */
  readonly deviceCells: readonly number[];
  /** the pCPUs that the cgroup above it has; undefined where that is not known */
  readonly granted: CpuSet | undefined;
  /** what it says of itself, in its metadata */
  readonly word: DomainRule;
  /** why none of its vCPUs may be moved; undefined where they may */
  readonly leave: string | undefined;
  /** whether that is what somebody in charge says of it, and not what could not be read */
  readonly unmanaged?: boolean | undefined;
};

/** Of a domain that says nothing. */
export const unbounded: Bounds = {
  cpuset: undefined,
  pins: [],
  memoryCells: undefined,
  memnodes: [],
  live: { cpuset: undefined, pins: [], emulator: [] },
  partition: undefined,
  quota: { vcpuPct: undefined, domainPct: undefined },
  realtime: [],
  emulator: [],
  guestThreads: 1,
  deviceCells: [],
  granted: undefined,
  word: {},
  leave: undefined,
};
