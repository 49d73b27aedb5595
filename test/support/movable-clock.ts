import type { Context } from '../../src/session/context.ts';

/** The clocks of a context, which can jump. */
export type MovableClock = {
  readonly context: Pick<Context, 'nowMs' | 'date' | 'sleepUntil'>;
  readonly jump: (by: Jump) => void;
  /** Clocks that stand go on from what they show. */
  readonly resume: () => void;
};

/** How far the clocks jump while nothing on the host goes on. */
export type Jump = {
  readonly monotonicMs?: number;
  readonly wallMs?: number;
  /** both show the same until they resume, and the host goes on */
  readonly stops?: true;
};

export function movableClock({ nowMs, date, sleepUntil }: Context): MovableClock {
  let monotonicMs = 0;
  let wallMs = 0;
  let stopped: { readonly nowMs: number; readonly date: Date } | undefined;
  const shown = () => ({
    nowMs: nowMs() + monotonicMs,
    date: new Date(date().getTime() + wallMs),
  });
  return {
    context: {
      nowMs: () => (stopped ?? shown()).nowMs,
      date: () => (stopped ?? shown()).date,
      sleepUntil: (timeMs, early) => sleepUntil(timeMs - monotonicMs, early),
    },
    jump: (by) => {
      monotonicMs += by.monotonicMs ?? 0;
      wallMs += by.wallMs ?? 0;
      if (by.stops === true) stopped = shown();
    },
    resume: () => {
      if (stopped === undefined) return;
      const now = shown();
      monotonicMs -= now.nowMs - stopped.nowMs;
      wallMs -= now.date.getTime() - stopped.date.getTime();
      stopped = undefined;
    },
  };
}
