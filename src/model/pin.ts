import type { CpuSet } from './cpu-set.ts';
import type { DomainRef } from './domain.ts';

/** An affinity to be set. */
export type Pin = {
  readonly domain: DomainRef;
  readonly vcpu: number;
  /** the affinity before */
  readonly from: CpuSet;
  /** the affinity to set */
  readonly to: CpuSet;
};

/** What became of a pin: done when the host shows the affinity, else why not. */
export type PinResult<P extends Pin = Pin> = {
  readonly move: P;
  readonly error: string | undefined;
  /** the affinity that the host shows afterwards; undefined where it could not be read */
  readonly shown: CpuSet | undefined;
  /** what the same virsh process found just before and after; undefined where it did not come to that */
  readonly found?: Found | undefined;
  /** libvirt has not answered yet: it may still carry the pin out */
  readonly isWaiting?: boolean | undefined;
  /** what it was planned for is over, and nothing of it is left: no failure */
  readonly isMoot?: boolean | undefined;
};

/** What surrounds a pin. What libvirt did not report is undefined. */
export type Found = {
  /** libvirt's number of the domain's start before the first pin of the domain */
  readonly id: number | undefined;
  /** the affinity before the pin */
  readonly affinity: CpuSet | undefined;
  /** the number of its start after its last pin */
  readonly idAfter: number | undefined;
};
