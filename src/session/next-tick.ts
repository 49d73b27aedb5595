/**
 * The next place on a grid of the monotonic clock that is still to come. Cycles that stand on it do not drift, and
 * one that takes longer than the interval leaves out the places that it missed.
 */
export function nextTick(nowMs: number, startMs: number, intervalMs: number): number {
  return startMs + (Math.floor((nowMs - startMs) / intervalMs) + 1) * intervalMs;
}
