import type { CpuSet } from './cpu-set.ts';
import type { DomainRef } from './domain.ts';

/** A pin that took, as it is saved: what was moved, when and why, and what came of it. */
export type HistoryMove = {
  /** tells it from all others */
  readonly key: string;
  /** those of one plan have the same */
  readonly run: string;
  /** `once`, `watch` or `restore` */
  readonly command: string;
  readonly domain: DomainRef;
  readonly vcpu: number;
  /** libvirt's number of that start of the domain */
  readonly id: number | undefined;
  /** as the plan had it, or `undo` */
  readonly kind: string;
  readonly from: CpuSet;
  readonly to: CpuSet;
  /** milliseconds since the epoch */
  readonly atMs: number;
  /** per cent of a pCPU, as the policy estimated it */
  readonly demandPct: number | undefined;
  /** the share of time that the vCPU waited for a pCPU before the move; undefined where it is not known */
  readonly readyBeforePct: number | undefined;
  /** the same in the first window that began after the move */
  readonly readyAfterPct: number | undefined;
  /** whether that window is over, or never came */
  readonly isSettled: boolean;
  /** when `restore --last` took it back, in milliseconds since the epoch */
  readonly undoneAtMs: number | undefined;
  readonly reason: string;
};
