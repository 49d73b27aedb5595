import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { StateFailure } from '../state/failure.ts';
import { VirshMissing } from '../virsh/failures.ts';

/** When the steps of a long run are due. */
export type Schedule = {
  readonly everyMs: number;
  /** at most so many steps */
  readonly steps?: number | undefined;
  /** none that is due later than this after the start */
  readonly forMs?: number | undefined;
  /** after each further failure in a row the pause doubles, up to this */
  readonly longestPauseMs?: number;
  /** what ends such a pause at the next place of the grid: a sign that the failure is over */
  readonly recovery?: (failure: VcpuschedError) => Recovery | undefined;
  readonly nowMs: () => number;
  /** ends early when `early` is aborted */
  readonly sleepUntil: (timeMs: number, early?: AbortSignal) => Promise<void>;
};

export type Recovery = { readonly signal: AbortSignal; readonly close: () => void };

/**
 * Does a step again and again, and hands on what came of each: its result, or the failure that the next one may mend.
 * Steps stand on a grid of the monotonic clock, the first at its start: they do not drift, and one that takes longer
 * than the interval leaves out the places that it missed. A signal ends it, and a step that fails after one is dropped.
 * @throws what a step has thrown and waiting cannot mend
 */
export async function* runEvery<T>(
  {
    everyMs,
    steps = Number.POSITIVE_INFINITY,
    forMs = Number.POSITIVE_INFINITY,
    longestPauseMs = everyMs,
    recovery = () => undefined,
    nowMs,
    sleepUntil,
  }: Schedule,
  step: () => Promise<T>,
  signal: AbortSignal,
): AsyncGenerator<T | VcpuschedError> {
  const startMs = nowMs();
  let failures = 0;
  let sign: Recovery | undefined;
  const nextPlace = (pauseMs: number) =>
    startMs + (Math.floor((nowMs() - startMs + pauseMs) / everyMs) + 1) * everyMs;
  for (let i = 0; i < steps; i++) {
    if (i > 0) {
      const pauseMs = failures === 0 ? 0 : Math.min(longestPauseMs, everyMs * 2 ** (failures - 1));
      const dueMs = nextPlace(Math.max(0, pauseMs - everyMs));
      if (dueMs > startMs + forMs) return;
      await sleepUntil(dueMs, sign?.signal);
      sign?.close();
      if (sign?.signal.aborted === true) await sleepUntil(Math.min(dueMs, nextPlace(0)));
      sign = undefined;
    }
    if (signal.aborted) return;
    let outcome: T | VcpuschedError;
    try {
      outcome = await step();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof VcpuschedError) || isFatal(error, i === 0)) throw error;
      outcome = error;
      failures++;
      sign = recovery(error);
    }
    yield outcome;
  }
}

/** A command line that is wrong, and at the start a virsh that is not there or that is refused. */
function isFatal(error: VcpuschedError, isFirst: boolean): boolean {
  const { usage, data, busy, notPermitted } = exitStatus;
  if (([usage, data, busy] as number[]).includes(error.status)) return true;
  return (
    isFirst &&
    (error.status === notPermitted || error instanceof VirshMissing || error instanceof StateFailure)
  );
}
