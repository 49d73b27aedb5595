import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pausedText, pauseFields } from '../../src/render/pause-text.ts';
import { parsePause, readPause, removePause, writePause } from '../../src/state/pause-file.ts';
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

describe('the file of the pause', () => {
  const newPlace = () => ({
    stateDir: temporaryDirectory(),
    uri: 'test:///default',
    boot: undefined,
    nowMs: sinceMs,
  });
  const pathOf = (stateDir: string) => join(stateDir, readdirSync(stateDir)[0] ?? '', 'pause.json');

  test('is there until it is removed, and without an end it lasts', async () => {
    const place = newPlace();
    expect([await readPause(place, sinceMs), await removePause(place)]).toEqual([undefined, false]);
    const pause = { sinceMs, untilMs: undefined };
    await writePause(place, pause);
    expect(await readPause(place, sinceMs + 1e12)).toEqual(pause);
    expect([await removePause(place), await removePause(place)]).toEqual([true, false]);
    expect(await readPause(place, sinceMs)).toBeUndefined();
  });

  test('of a state folder that is a file is not there', async () => {
    const stateDir = join(temporaryDirectory(), 'file');
    writeFileSync(stateDir, '');
    expect(await readPause({ ...newPlace(), stateDir }, sinceMs)).toBeUndefined();
  });

  test.each([
    ['damaged', '{'],
    ['too long', `${file(5, null)}${' '.repeat(4096)}`],
  ])('that is %s pauses: somebody meant that nothing is to be pinned', async (_, text) => {
    const place = newPlace();
    await writePause(place, { sinceMs, untilMs: undefined });
    const path = pathOf(place.stateDir);
    writeFileSync(path, text);
    await expect(readPause(place, sinceMs)).rejects.toThrow(
      `${path} cannot be used: it is damaged: 'vcpusched resume' removes it; until then nothing is pinned`,
    );
  });

  test('that cannot be opened, written or removed is told', async () => {
    const place = newPlace();
    await writePause(place, { sinceMs, untilMs: undefined });
    const path = pathOf(place.stateDir);
    rmSync(path);
    mkdirSync(join(path, 'x'), { recursive: true });
    await expect(readPause(place, sinceMs)).rejects.toThrow(`${path} cannot be used: it is no regular file`);
    await expect(writePause(place, { sinceMs, untilMs: 1 })).rejects.toThrow(
      `the pause cannot be saved in ${path}: `,
    );
    await expect(removePause(place)).rejects.toThrow(`the pause cannot be removed from ${path}: `);
  });
});

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
  file(5, null).replace('vcpusched-pause', 'vcpusched-state'),
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
