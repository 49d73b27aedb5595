import type { DomainRef } from './domain.ts';
import type { Cooldown } from './domain-rule.ts';
import type { VcpuLoad } from './host-load.ts';
import type { PastMove } from './past-move.ts';
import type { PcpuLoad } from './pcpu-load.ts';
import type { Move } from './plan.ts';

/** What there is to say of a domain that somebody asks about. */
export type ExplainedDomain = {
  readonly domain: DomainRef;
  /** its vCPUs whose place is known, ascending */
  readonly vcpus: readonly ExplainedVcpu[];
  /** why nothing is known of it, or of one of its vCPUs */
  readonly unknown: readonly { readonly vcpu: number | undefined; readonly reason: string }[];
};

export type ExplainedVcpu = {
  readonly load: VcpuLoad;
  /** the pCPU that carries it, and all that this carries */
  readonly pcpu: number;
  readonly carried: PcpuLoad;
  /** its pins of the last hour, oldest first */
  readonly moves: readonly PastMove[];
  /** how often it may move within an hour */
  readonly maxRate: number;
  readonly cooldown: Cooldown & {
    /** how long it still has to stay after its last move, milliseconds; 0 where it may go */
    readonly leftMs: number;
  };
  /** what a plan made now says of it: a pin, or why there is none */
  readonly decision: Move | { readonly kind: 'stays'; readonly reason: string };
};
