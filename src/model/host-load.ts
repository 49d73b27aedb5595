import type { CpuSet } from './cpu-set.ts';
import type { DomainRef, Placement } from './domain.ts';
import type { Limit } from './limit.ts';
import type { Topology } from './topology.ts';

/** What the host carried between two snapshots: the whole input of a policy. */
export type HostLoad = {
  /** the pCPUs that may be used: online, in --cpus, and neither isolated nor kept from every vCPU by its cgroup */
  readonly pcpus: CpuSet;
  /** how the host's pCPUs hang together, the unusable ones too; empty where libvirt does not report */
  readonly topology: Topology;
  /**
   * what a pCPU carries besides vCPUs (processes of the host, emulator and I/O threads, interrupts), in per cent of its
   * time; a pCPU that is not in it carries nothing worth counting, or it is not known
   */
  readonly background: ReadonlyMap<number, number>;
  /**
   * what of the background, in the same unit, would go elsewhere if there were more room: emulator and I/O threads that
   * have little to do and may run anywhere
   */
  readonly floating: ReadonlyMap<number, number>;
  /** what a pCPU can do, as a share of the host's fastest one, above 0 to 1; one that is not in it: 1 */
  readonly capacity: ReadonlyMap<number, number>;
  /** what the emulator and I/O threads of domains ran, in per cent of a pCPU, the largest first; where is not known */
  readonly overheads: readonly { readonly domain: DomainRef; readonly overheadPct: number }[];
  /** the vCPUs of all running domains whose place is known, ascending by UUID, then number */
  readonly vcpus: readonly VcpuLoad[];
};

export type VcpuLoad = {
  readonly domain: DomainRef;
  readonly vcpu: number;
  readonly placement: Placement;
  /** the pCPUs it may be pinned to; a subset of HostLoad.pcpus */
  readonly allowed: CpuSet;
  /** what restricts them, besides --cpus, and who says so */
  readonly limits: readonly Limit[];
  readonly reading: Reading;
  /** why it must stay as it is although it loads its pCPU; undefined where it may be moved */
  readonly fixed: string | undefined;
  /** the higher, the rather it is left where it is; 0 is usual */
  readonly priority: number;
  /** the same for those vCPUs of its domain that are threads of one guest core; undefined where it has a core of its own */
  readonly guestCore: number | undefined;
  /** the NUMA cells that its domain's passed-through devices are attached to; none where there are no such devices */
  readonly deviceCells: readonly number[];
};

/**
 * - `measured`: shares of one pCPU over the window, in per cent, 0 to 100.
 *   `delayPct` is undefined where libvirt does not report the delay.
 * - `missing`: not known this time (a field was missing); an older estimate still holds.
 * - `new`: no earlier sample of it (it has started, restarted or been plugged in): older estimates are void.
 */
export type Reading =
  | {
      readonly kind: 'measured';
      /** without halt polling */
      readonly usagePct: number;
      /** without the time in which a quota throttled it */
      readonly delayPct: number | undefined;
      /** the most that a quota lets it use; undefined where none does */
      readonly capPct?: number | undefined;
      /** runnable, but throttled by the quota */
      readonly throttledPct?: number | undefined;
      /** halt polling of KVM: no demand */
      readonly polledPct?: number | undefined;
    }
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'new'; readonly reason: string };

/** Identifies a vCPU across cycles. */
export function vcpuKey(vcpu: { readonly domain: DomainRef; readonly vcpu: number }): string {
  return `${vcpu.domain.uuid}/${vcpu.vcpu}`;
}

/** Demand as the guest shows it: what it ran and what it waited, at most a whole pCPU or what its quota allows. */
export function demandPct(reading: {
  readonly usagePct: number;
  readonly delayPct: number | undefined;
  readonly capPct?: number | undefined;
}): number {
  return Math.min(100, reading.capPct ?? 100, reading.usagePct + (reading.delayPct ?? 0));
}

/** The pCPU that carries it: the one it is pinned to; one that may run on several counts where it last ran. */
export function whereItCounts({ placement }: Pick<VcpuLoad, 'placement'>): number {
  const [only, ...others] = placement.affinity;
  return only !== undefined && others.length === 0 ? only : placement.lastPcpu;
}
