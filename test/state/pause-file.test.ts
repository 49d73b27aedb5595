import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pausedText, pauseFields } from '../../src/render/pause-text.ts';
import { parsePause, readPause, writePause } from '../../src/state/pause-file.ts';
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

const file = (sinceMs: unknown, untilMs: unknown) =>
  JSON.stringify({ format: 'vcpusched-pause', formatVersion: 1, sinceMs, untilMs });

test('what is written is read', () => {
  expect(parsePause(file(5, 9))).toEqual({ sinceMs: 5, untilMs: 9 });
  expect(parsePause(file(5, null))).toEqual({ sinceMs: 5, untilMs: undefined });
});

test.each([
  '',
  '{}',
  'null',
  '[]',
  file('5', null),
  file(5, '9'),
  file(1e300, null),
  file(5, 1e38),
  file(5, 8.64e15),
])('%s is no pause', (text) => {
  expect(parsePause(text)).toBeUndefined();
});

test('what is read can be shown', () => {
  fc.assert(
    fc.property(fc.double(), fc.option(fc.double()), (sinceMs, untilMs) => {
      const pause = parsePause(file(sinceMs, untilMs));
      if (pause === undefined) return;
      const shown = { untilMs: pause.untilMs, by: 'command' } as const;
      expect(pausedText(shown)).toContain('nothing is pinned');
      expect(pauseFields(shown)).toHaveProperty('until');
    }),
  );
});
