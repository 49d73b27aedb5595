import type { CycleReport } from '../model/cycle-report.ts';

/** Whether a cycle did what it is for: the host was read, and what was decided could be done. */
export function isGood({ verdict, unsaved }: Pick<CycleReport, 'verdict' | 'unsaved'>): boolean {
  return verdict !== 'could-not' && unsaved === undefined;
}

/** Whether the balancer still works. */
export type Health = {
  /** A cycle has ended well. */
  readonly succeeded: () => void;
  readonly now: () => { readonly isHealthy: boolean; readonly text: string };
};

/**
 * Healthy while the last good cycle is recent: no more than three intervals old, and as much longer as virsh may take.
 * @param nowMs monotonic milliseconds
 */
export function health(
  { interval, timeout }: { readonly interval: number; readonly timeout: number },
  nowMs: () => number,
): Health {
  const limitSeconds = 3 * interval + timeout;
  let lastMs: number | undefined;
  return {
    succeeded: () => {
      lastMs = nowMs();
    },
    now: () => {
      if (lastMs === undefined) return { isHealthy: false, text: 'no cycle has succeeded yet' };
      const ageSeconds = (nowMs() - lastMs) / 1000;
      return {
        isHealthy: ageSeconds <= limitSeconds,
        text: `the last good cycle ended ${Math.round(ageSeconds)} s ago; at most ${limitSeconds} s are healthy`,
      };
    },
  };
}
