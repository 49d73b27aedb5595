import { expect, test } from 'vitest';
import { readPause, writePause } from '../../src/state/pause-file.ts';
import { temporaryDirectory } from '../support/executable.ts';

const hourMs = 3_600_000;
const sinceMs = 50 * 365 * 24 * hourMs;

test.each([
  ['in between', 1, true],
  ['at its end', 2, false],
  ['after the clock was set forward', 24, false],
  ['after the clock was set back by an hour', -1, true],
  ['after the clock was set back by ten years', -10 * 365 * 24, true],
])('a pause of two hours, %s', async (_, hours, isPaused) => {
  const place = { stateDir: temporaryDirectory(), uri: 'test:///default', boot: undefined, nowMs: sinceMs };
  const pause = { sinceMs, untilMs: sinceMs + 2 * hourMs };
  await writePause(place, pause);
  expect(await readPause(place, sinceMs + hours * hourMs)).toEqual(isPaused ? pause : undefined);
});
