import type { HostLoad } from '../model/host-load.ts';
import type { Plan } from '../model/plan.ts';
import type { PolicySettings } from '../model/policy-settings.ts';

/**
 * A rule that decides which vCPUs to move. Pure and deterministic: the same arguments give the same
 * decision, ties by load, then UUID, then vCPU number.
 *
 * `Memory` is what the policy carries from one cycle to the next (its smoothed estimates, how long an
 * imbalance has held); it is handed back unchanged with the next cycle, undefined at the first.
 */
export type Policy<Memory> = {
  readonly name: string;
  readonly decide: (host: HostLoad, memory: Memory | undefined, settings: PolicySettings) => Decision<Memory>;
};

export type Decision<Memory> = { readonly plan: Plan; readonly memory: Memory };

/**
 * Decides cycle by cycle.
 * @param isAgain whether this decision takes the place of the last one
 */
export type Decide = (host: HostLoad, settings: PolicySettings, isAgain?: boolean) => Plan;

/** A policy together with its memory: each call of what is returned begins with an empty one. */
export function remembering<Memory>(policy: Policy<Memory>): () => Decide {
  return () => {
    let memory: Memory | undefined;
    let earlier: Memory | undefined;
    return (host, settings, isAgain = false) => {
      earlier = isAgain ? earlier : memory;
      const decision = policy.decide(host, earlier, settings);
      memory = decision.memory;
      return decision.plan;
    };
  };
}
