import { expect, test } from 'vitest';
import { clockLabels } from '../../../src/render/report/clock-labels.ts';

const minute = 60_000;
const shown = (...args: Parameters<typeof clockLabels>) =>
  clockLabels(...args).filter((label) => label !== undefined);

test('labels stand at round times of the day by the clock of the zone', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4);
  expect(shown(60, at, minute, 'UTC')).toEqual([
    '03:05',
    '03:10',
    '03:15',
    '03:20',
    '03:25',
    '03:30',
    '03:35',
    '03:40',
    '03:45',
    '03:50',
    '03:55',
    '04:00',
  ]);
  expect(clockLabels(60, at, minute, 'UTC')[1]).toBe('03:05');
  expect(shown(60, at, minute, 'Asia/Kolkata')[0]).toBe('08:35');
});

test('a new day has its date', () => {
  expect(shown(25, Date.UTC(2026, 0, 1, 18), 60 * minute, 'Europe/Berlin')).toContain('01-02');
});

test('there are never many', () => {
  for (const count of [1, 10, 299, 300])
    for (const columnMs of [20_000, 5 * minute, 360 * minute, 1440 * minute])
      expect(shown(count, 0, columnMs, 'UTC').length).toBeLessThanOrEqual(13);
});
