import { readFileSync } from 'node:fs';

/**
 * Milliseconds that have passed, less those in which this thread waited for a CPU that other programs had (from
 * /proc/self/schedstat; where there is none, nothing is taken off). Two of these are to be subtracted.
 */
export function undisturbedMs(): number {
  // The kernel brings its figures up to date when the thread sleeps.
  Atomics.wait(nothing, 0, 0, 0.01);
  return performance.now() - waitedNs() / 1e6;
}

const nothing = new Int32Array(new SharedArrayBuffer(4));

/** "RUN WAITED SLICES", nanoseconds: of the main thread, which is the only one that asks. */
function waitedNs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1] ?? 0);
  } catch {
    return 0;
  }
}
