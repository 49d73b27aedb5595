import { describe, expect, test } from 'vitest';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { runEvery, type Schedule } from '../../src/session/schedule.ts';
import { VirshMissing } from '../../src/virsh/failures.ts';

const stuck = new VcpuschedError(exitStatus.unavailable, 'virsh did not answer');

/** Runs steps every second, each of which takes so many milliseconds; tells when each began and what came of it. */
async function run(
  over: Partial<Schedule>,
  takesMs: (step: number) => number = () => 0,
  outcomeOf: (step: number, stop: AbortController) => unknown = () => 'done',
) {
  let now = 500;
  const stop = new AbortController();
  const begun: number[] = [];
  const step = async () => {
    const i = begun.push(now - 500) - 1;
    now += takesMs(i);
    const outcome = outcomeOf(i, stop);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const sleepUntil = async (timeMs: number) => {
    now = Math.max(now, timeMs);
  };
  const schedule = { everyMs: 1000, nowMs: () => now, sleepUntil, ...over };
  const outcomes: unknown[] = [];
  for await (const outcome of runEvery(schedule, step, stop.signal)) outcomes.push(outcome);
  return { begun, outcomes };
}

describe('steps', () => {
  test.each<[string, Partial<Schedule>, (step: number) => number, readonly number[]]>([
    ['stand on a grid, however long each takes', { steps: 4 }, (i) => i * 300, [0, 1000, 2000, 3000]],
    ['leave out the places that a slow one missed', { steps: 3 }, (i) => 2500 * (1 - i), [0, 3000, 4000]],
    ['that end on a place wait for the next', { steps: 2 }, () => 1000, [0, 2000]],
    ['end with the time', { forMs: 2000 }, () => 10, [0, 1000, 2000]],
    ['of which one overruns the time are the last', { forMs: 2000 }, () => 2000, [0]],
    ['may be none', { steps: 0 }, () => 0, []],
  ])('%s', async (_, schedule, takesMs, begun) => {
    expect((await run(schedule, (i) => Math.max(0, takesMs(i)))).begun).toEqual(begun);
  });

  test('end where the reader has enough', async () => {
    let steps = 0;
    const schedule = { everyMs: 1, nowMs: () => 0, sleepUntil: async () => {} };
    for await (const step of runEvery(schedule, async () => ++steps, new AbortController().signal))
      if (step === 3) break;
    expect(steps).toBe(3);
  });
});

describe('a step that fails', () => {
  const failing = (step: number, error: Error) => (i: number) => (i === step ? error : i);

  test.each<[string, number, readonly number[]]>([
    ['doubles the pause, to 30 s', 2000, [0, 2, 6, 14, 30, 60, 90]],
    ['stays on the grid', 7000, [0, 7, 21, 49, 77, 105]],
    ['leaves a longer interval as it is', 60_000, [0, 60, 120, 180]],
  ])('again and again: %s', async (_, everyMs, seconds) => {
    const { begun } = await run(
      { everyMs, steps: seconds.length, longestPauseMs: 30_000 },
      () => 0,
      () => stuck,
    );
    expect(begun).toEqual(seconds.map((each) => each * 1000));
  });

  test('after one that did not begins with the interval again', async () => {
    const outcomeOf = (i: number) => ([0, 1, 3, 4].includes(i) ? stuck : i);
    expect((await run({ steps: 7, longestPauseMs: 30_000 }, () => 0, outcomeOf)).begun).toEqual(
      [0, 1, 3, 4, 5, 7, 8].map((each) => each * 1000),
    );
  });

  test('is tried again at the next place when there is a sign that it is over', async () => {
    let now = 0;
    let closed = 0;
    const begun: number[] = [];
    const signs: AbortController[] = [];
    const schedule: Schedule = {
      everyMs: 1000,
      steps: 6,
      longestPauseMs: 30_000,
      nowMs: () => now,
      // The sign comes 300 ms after the beginning of the third pause.
      sleepUntil: async (timeMs, early) => {
        if (signs.length === 3 && early !== undefined) {
          now += 300;
          signs[2]?.abort();
        } else now = Math.max(now, timeMs);
      },
      recovery: () => {
        const sign = new AbortController();
        signs.push(sign);
        return { signal: sign.signal, close: () => closed++ };
      },
    };
    const step = async () => {
      begun.push(now);
      if (begun.length <= 3) throw stuck;
    };
    for await (const _ of runEvery(schedule, step, new AbortController().signal));
    expect(begun).toEqual([0, 1000, 3000, 4000, 5000, 6000]);
    expect(closed).toBe(3);
  });

  test('is an outcome like others, and the next one comes', async () => {
    const { outcomes } = await run({ steps: 3 }, () => 0, failing(1, stuck));
    expect(outcomes).toEqual([0, stuck, 2]);
  });

  const missing = new VirshMissing(exitStatus.unavailable, 'virsh not found');
  const denied = new VcpuschedError(exitStatus.notPermitted, 'not permitted');

  test.each<[string, Error, number]>([
    ['no virsh at the start', missing, 0],
    ['no permission at the start', denied, 0],
    ['a wrong command line later', new VcpuschedError(exitStatus.usage, 'wrong'), 1],
    ['a defect later', new TypeError('x is not a function'), 1],
  ])('for good ends all: %s', async (_, error, step) => {
    await expect(run({ steps: 3 }, () => 0, failing(step, error))).rejects.toBe(error);
  });

  test.each<[string, Error]>([
    ['no virsh', missing],
    ['no permission', denied],
  ])('later may be mended: %s', async (_, error) => {
    expect((await run({ steps: 3 }, () => 0, failing(1, error))).outcomes).toEqual([0, error, 2]);
  });
});

describe('a signal', () => {
  test('ends it after the step that it comes in, whose result counts', async () => {
    const { outcomes } = await run(
      {},
      () => 0,
      (i, stop) => {
        if (i === 1) stop.abort();
        return i;
      },
    );
    expect(outcomes).toEqual([0, 1]);
  });

  test('and a step that fails for it is no failure', async () => {
    const { outcomes } = await run(
      {},
      () => 0,
      (i, stop) => {
        if (i === 1) stop.abort();
        return i === 1 ? stuck : i;
      },
    );
    expect(outcomes).toEqual([0]);
  });
});
