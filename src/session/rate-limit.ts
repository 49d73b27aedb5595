import type { Applied } from '../apply/apply-plan.ts';
import type { Cooldown } from '../model/domain-rule.ts';
import { vcpuKey } from '../model/load.ts';
import type { PastMove } from '../model/past-move.ts';
import type { LeftAlone } from '../model/plan.ts';
import { coolingDown, type Held, inLastHour, wornOut } from './restraint.ts';

/** What became of pins, and which vCPUs are therefore to be left as they are. */
export type RateLimit = {
  /** the pins of the last hour that took, oldest first */
  readonly past: () => readonly PastMove[];
  /** Takes in pins that took before, oldest first. */
  readonly recall: (past: readonly PastMove[]) => void;
  /** Takes in what became of a plan; returns those that it made move as often as --max-rate allows. */
  readonly add: (applied: readonly Pick<Applied, 'move' | 'error'>[], atMs: number) => readonly LeftAlone[];
  /** To be called once a cycle. */
  readonly next: (
    nowMs: number,
    cooldownOf: (key: string) => Cooldown,
  ) => {
    /** those whose pin failed: left alone for a few cycles, so that a plan without them gets its turn */
    readonly failed: Held;
    /** those that were moved too often or just now */
    readonly held: Held;
  };
  /** whether there is one that gets its turn again soon */
  readonly isAnySoon: () => boolean;
};

const restCycles = 5;

export function rateLimit(maxRate: number): RateLimit {
  let done: readonly PastMove[] = [];
  let cycle = 0;
  let isAnySoon = false;
  const failed = new Map<string, { readonly until: number; readonly reason: string }>();
  return {
    past: () => done,
    recall: (past) => {
      done = past;
    },
    add: (applied, atMs) => {
      const took = applied.filter(({ error }) => error === undefined).map(({ move }) => move);
      const pins = took.map((move) => ({ key: vcpuKey(move), atMs, from: move.from, to: move.to }));
      done = [...inLastHour(done, atMs), ...pins];
      for (const { move, error } of applied) {
        if (error === undefined) continue;
        failed.set(vcpuKey(move), { until: cycle + restCycles, reason: `its last pin failed: ${error}` });
      }
      const worn = wornOut(done, maxRate);
      return took.flatMap(({ domain, vcpu }) => {
        const reason = worn.get(vcpuKey({ domain, vcpu }));
        return reason === undefined ? [] : [{ domain, vcpu, reason }];
      });
    },
    next: (nowMs, cooldownOf) => {
      cycle++;
      for (const [key, { until }] of failed) if (cycle > until) failed.delete(key);
      done = inLastHour(done, nowMs);
      const cooling = coolingDown(done, nowMs, cooldownOf);
      isAnySoon = failed.size > 0 || cooling.size > 0;
      return {
        failed: new Map([...failed].map(([key, { reason }]) => [key, reason])),
        held: new Map([...cooling, ...wornOut(done, maxRate)]),
      };
    },
    isAnySoon: () => isAnySoon,
  };
}
