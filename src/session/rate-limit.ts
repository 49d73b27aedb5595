import type { Applied } from '../apply/apply-plan.ts';
import { isSubset } from '../model/cpu-set.ts';
import type { Cooldown } from '../model/domain-rule.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { PastMove } from '../model/past-move.ts';
import type { LeftAlone } from '../model/plan.ts';

/** What became of pins, and which vCPUs are therefore to be left as they are. */
export type RateLimit = {
  /** the pins of the last hour that took, oldest first */
  readonly past: () => readonly PastMove[];
  /** Takes in pins that took before, oldest first. */
  readonly recall: (past: readonly PastMove[]) => void;
  /** Takes in what became of a plan; returns those that it made move as often as --max-rate allows. */
  readonly add: (applied: readonly Pick<Applied, 'move' | 'error'>[], atMs: number) => readonly LeftAlone[];
  /** @param isAgain whether it was already called in this cycle */
  readonly next: (
    nowMs: number,
    cooldownOf: (key: string) => Cooldown,
    isAgain?: boolean,
  ) => {
    /** those whose pin failed: left alone for a few cycles, so that a plan without them gets its turn */
    readonly failed: Held;
    /** those that were moved too often or just now */
    readonly held: Held;
  };
  /** whether there is one that gets its turn again soon */
  readonly isAnySoon: () => boolean;
};

/** How long a vCPU is left alone whose pin has failed. */
const backOffCycles = 5;

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
        failed.set(vcpuKey(move), { until: cycle + backOffCycles, reason: `its last pin failed: ${error}` });
      }
      const limited = rateLimited(done, maxRate);
      return took.flatMap(({ domain, vcpu }) => {
        const reason = limited.get(vcpuKey({ domain, vcpu }));
        return reason === undefined ? [] : [{ domain, vcpu, kind: 'rate-limited', reason }];
      });
    },
    next: (nowMs, cooldownOf, isAgain = false) => {
      if (!isAgain) cycle++;
      for (const [key, { until }] of failed) if (cycle > until) failed.delete(key);
      done = inLastHour(done, nowMs);
      const cooling = coolingDown(done, nowMs, cooldownOf);
      isAnySoon = failed.size > 0 || cooling.size > 0;
      return {
        failed: new Map([...failed].map(([key, { reason }]) => [key, reason])),
        held: new Map([...cooling, ...rateLimited(done, maxRate)]),
      };
    },
    isAnySoon: () => isAnySoon,
  };
}

/** vCPUs to be left where they are: by key, with the reason. */
export type Held = ReadonlyMap<string, string>;

/** Those that have moved as often as may be, `maxRate` times within `past`. */
export function rateLimited(past: readonly PastMove[], maxRate: number): Held {
  const counts = new Map<string, number>();
  for (const { key } of past.filter(isMove)) counts.set(key, (counts.get(key) ?? 0) + 1);
  const reason = `it has moved as often within an hour as --max-rate ${maxRate} allows`;
  return new Map([...counts].filter(([, count]) => count >= maxRate).map(([key]) => [key, reason]));
}

/** Those that have moved within the last so many seconds, which can be others for each. */
export function coolingDown(
  past: readonly PastMove[],
  nowMs: number,
  cooldownOf: (key: string) => Cooldown,
): Held {
  const latest = past.filter(
    (move) => Math.abs(nowMs - move.atMs) < cooldownOf(move.key).seconds * 1000 && isMove(move),
  );
  return new Map(
    latest.map(({ key }) => {
      const { seconds, by } = cooldownOf(key);
      return [key, `its last move is less than ${seconds} s ago (${by})`];
    }),
  );
}

/** All that counts. A clock that was set back by more than that makes it forgotten. */
export function inLastHour(past: readonly PastMove[], nowMs: number): readonly PastMove[] {
  return past.filter(({ atMs }) => Math.abs(nowMs - atMs) < hourMs);
}

const hourMs = 3_600_000;

/**
 * A pin that only leaves a vCPU less choice (the first one of a floating vCPU, one that keeps it off a pCPU)
 * moves it from nowhere.
 */
function isMove({ from, to }: PastMove): boolean {
  return !isSubset(to, from);
}
