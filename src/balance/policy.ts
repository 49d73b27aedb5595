import type { Granularity } from '../model/cpu-groups.ts';
import type { HostLoad } from '../model/load.ts';
import type { Plan } from '../model/plan.ts';
import type { ZoneSettings } from '../model/zones.ts';

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

export type PolicySettings = ZoneSettings & {
  /** low <= target <= high; proportions of one another, or shares of a pCPU in per cent */
  readonly thresholds: 'proportional' | 'absolute';
  readonly high: number;
  readonly target: number;
  readonly low: number;
  /** for `lightest` and `busiest`: what the loads of two pCPUs may differ by, in points */
  readonly gap: number;
  /** for `stddev`: what the standard deviation of the loads may be, in points */
  readonly sigma: number;
  /**
   * how a vCPU gets its first pCPU: as evenly by count as possible (`spread`), the largest first by load (`demand`), or not
   * at all (`keep`) if it may run on several
   */
  readonly place: 'spread' | 'demand' | 'keep';
  readonly granularity: Granularity;
  /** at most so many pins in a plan */
  readonly maxMoves: number | undefined;
  /** `now`: there is no next cycle to wait for (once, plan). `patient`: a small gain may wait until it has held (watch). */
  readonly urgency: 'now' | 'patient';
};
