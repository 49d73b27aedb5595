import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import type { HistoryMove } from '../../src/model/history.ts';
import { historyText } from '../../src/render/history-text.ts';
import { style } from '../../src/render/style.ts';
import {
  addToHistory,
  historyLine,
  parseHistory,
  pruneHistory,
  readHistory,
} from '../../src/state/history-file.ts';
import { control } from '../support/any-text.ts';
import { fileOf, move, newPlace } from './history.ts';

describe('the history', () => {
  test('of a connection of which nothing is kept is empty', async () => {
    expect(await readHistory(newPlace())).toEqual([]);
  });

  test('gives back what was added, and what became known later', async () => {
    const place = newPlace();
    await addToHistory(place, [move(1), move(2, { readyBeforePct: 33 })]);
    await addToHistory(
      place,
      [move(3)],
      [{ key: 'r-1', readyAfterPct: 0 }, { key: 'r-2' }, { key: 'gone', readyAfterPct: 5 }],
    );
    await addToHistory(place, [], [{ key: 'r-2', undoneAtMs: 99 }]);
    expect(await readHistory(place)).toEqual([
      move(1, { readyAfterPct: 0, isSettled: true }),
      move(2, { readyBeforePct: 33, isSettled: true, undoneAtMs: 99 }),
      move(3),
    ]);
  });

  test('leaves out what names no pCPU', () => {
    expect(parseHistory(historyLine(move(1)).replace(/"to":"[^"]*"/, '"to":"^1"'))).toEqual([]);
  });

  test('whatever the file holds, no terminal obeys it', () => {
    const hostile = 'csi\u009b31m';
    const over = { command: hostile, kind: hostile, reason: hostile, domain: { uuid: 'x', name: hostile } };
    const moves = parseHistory(historyLine(move(1, over)));
    for (const isLong of [true, false])
      expect(historyText(moves, isLong, style(false, true)).replaceAll('\n', '')).not.toMatch(control);
  });

  test('leaves out a time that no Date can have', () => {
    const line = (over: Partial<HistoryMove>) => historyLine(move(1, over));
    expect(parseHistory(line({ atMs: 1e300 }))).toEqual([]);
    expect(parseHistory(line({ undoneAtMs: 1e300 }))).toEqual([move(1)]);
    expect(parseHistory(`${line({})}\n{"kind":"update","key":"r-1","undoneAtMs":1e38}`)).toEqual([move(1)]);
  });

  test.each([
    'null',
    '[]',
    '7',
    '{"kind":"move"}',
    '{"kind":"move","key":"k","from":"x"}',
    '{"kind":"update"}',
    '}',
  ])('leaves out a line that is %s', async (line) => {
    const place = newPlace();
    await addToHistory(place, [move(1)]);
    appendFileSync(fileOf(place), `${line}\n`);
    expect(await readHistory(place)).toEqual([move(1)]);
  });

  test('drops what is too old, and keeps what is known of the others', async () => {
    const place = newPlace();
    await addToHistory(place, [move(1), move(2), move(3)], [{ key: 'r-2', readyAfterPct: 4 }]);
    await addToHistory(place, [], [{ key: 'r-3', undoneAtMs: 5 }]);
    const left = [move(2, { readyAfterPct: 4, isSettled: true }), move(3, { undoneAtMs: 5 })];
    expect(await pruneHistory(place, 2000)).toEqual(left);
    expect(await readHistory(place)).toEqual(left);
    expect(readFileSync(fileOf(place), 'utf8')).not.toContain('r-1');
  });

  test('that grows too large loses the older half', async () => {
    const place = newPlace();
    const reason = 'x'.repeat(1 << 23);
    const moves = [1, 2, 3, 4].map((i) => move(i, { reason }));
    await addToHistory(place, moves);
    expect((await pruneHistory(place, 0)).map(({ key }) => key)).toEqual(['r-3', 'r-4']);
    expect((await readHistory(place)).map(({ key }) => key)).toEqual(['r-3', 'r-4']);
  });

  test('of which nothing is to go, or to which nothing is added, is not written', async () => {
    const place = newPlace();
    await addToHistory(place, []);
    expect(readdirSync(place.stateDir)).toEqual([]);
    await addToHistory(place, [move(1)]);
    const { ino } = statSync(fileOf(place));
    await pruneHistory(place, 1000);
    expect(statSync(fileOf(place)).ino).toBe(ino);
  });

  test.each<[string, unknown]>([
    ['run', 7],
    ['domain', null],
    ['domain', { uuid: 'x' }],
    ['vcpu', -1],
    ['vcpu', 0.5],
    ['vcpu', '1'],
    ['from', '0-'],
    ['to', `1${',1'.repeat(50_000)}`],
  ])('leaves out a move whose %s is %j', (key, value) => {
    const entry = { ...JSON.parse(historyLine(move(1))), [key]: value };
    expect(parseHistory(JSON.stringify(entry))).toEqual([]);
  });

  test('has the first vCPU too, and knows no number that is none', () => {
    const entry = JSON.parse(historyLine(move(1)));
    const text = JSON.stringify({ ...entry, vcpu: 0, id: '7', demandPct: null });
    expect(parseHistory(text)).toEqual([move(1, { vcpu: 0, id: undefined, demandPct: undefined })]);
  });

  test('that cannot be read or written is told with its file', async () => {
    const place = newPlace();
    await addToHistory(place, [move(1)]);
    const file = fileOf(place);
    rmSync(file);
    mkdirSync(file);
    const why = `${file} cannot be used: it is no regular file: move it away, or name another folder with --state-dir`;
    await expect(readHistory(place)).rejects.toThrow(new VcpuschedError(exitStatus.data, why));
    await expect(addToHistory(place, [move(1)])).rejects.toThrow(new VcpuschedError(exitStatus.data, why));
  });
});
