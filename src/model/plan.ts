import type { CpuSet } from './cpu-set.ts';
import type { DomainRef } from './domain.ts';
import type { Pin } from './pin.ts';

/** One pin to be set by a plan. */
export type Move = Pin & {
  /** `place`: it had no single allowed pCPU of its own; `swap`: another takes its place; `move`: all else */
  readonly kind: 'place' | 'move' | 'swap';
  /** per cent of a pCPU, as the policy estimated it */
  readonly demandPct: number;
  readonly reason: string;
};

/** A domain, or one vCPU of it, that is not moved although one might expect it, and why. */
export type LeftAlone = {
  readonly domain: DomainRef;
  /** undefined: the whole domain */
  readonly vcpu: number | undefined;
  readonly reason: string;
};

/**
 * The load of a pCPU, or of several that vCPUs are pinned to as one: the sum of the estimated demands on them,
 * by their number; above 100 some vCPU has to wait.
 */
export type PcpuLoad = { readonly cpus: CpuSet; readonly loadPct: number; readonly vcpus: number };

export type Plan = {
  readonly moves: readonly Move[];
  /** one sentence: why these moves, or why none */
  readonly summary: string;
  /** whether what the moves gain is more than noise can make it seem */
  readonly isCertain: boolean;
  /** per usable pCPU, or per unit of them; ascending */
  readonly before: readonly PcpuLoad[];
  readonly after: readonly PcpuLoad[];
  readonly leftAlone: readonly LeftAlone[];
};
