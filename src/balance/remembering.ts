import type { HostLoad } from '../model/load.ts';
import type { Plan } from '../model/plan.ts';
import type { Policy, PolicySettings } from './policy.ts';

/** Decides cycle by cycle. */
export type Decide = (host: HostLoad, settings: PolicySettings) => Plan;

/** A policy together with its memory: each call of what is returned begins with an empty one. */
export function remembering<Memory>(policy: Policy<Memory>): () => Decide {
  return () => {
    let memory: Memory | undefined;
    return (host, settings) => {
      const decision = policy.decide(host, memory, settings);
      memory = decision.memory;
      return decision.plan;
    };
  };
}
