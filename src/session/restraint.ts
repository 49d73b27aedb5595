import { isSubset } from '../model/cpu-set.ts';
import type { Cooldown } from '../model/domain-rule.ts';
import type { PastMove } from '../model/past-move.ts';

/** vCPUs to be left where they are: by key, with the reason. */
export type Held = ReadonlyMap<string, string>;

/** Those that have moved as often as may be, `maxRate` times within `past`. */
export function wornOut(past: readonly PastMove[], maxRate: number): Held {
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
