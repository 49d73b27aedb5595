import { expect, test } from 'vitest';
import type { HostReport } from '../../src/model/host-report.ts';
import { modelText, reportSummary } from '../../src/render/report-summary.ts';
import { hostReport, quantiles } from './host-report.ts';

const told = (changed: Partial<HostReport> = {}) => reportSummary(hostReport({ changed }), 'Europe/Berlin');

test('says for how long the host was crowded, what balancing would bring, and how many vCPUs fit', () => {
  expect(told()).toEqual([
    'This host was crowded for 3 h of 24 h: more than one vCPU of 20 waited for a pCPU more than 5 % of the time. For 30 min it was more than 10 %, which users notice. The worst hour was 2026-01-02 09:00-10:00, with a ready time (p95) of 14 %.',
    'In the worst hour, from 09:00, balancing would have lowered the ready time (p95) from 13 % to 2.2 %, with policy threshold and 12 moves.',
    'There is room for 12 more vCPUs of this kind (10 to 14), if it is balanced by threshold: until then the ready time (p95) stays at 5 % or below in the busiest hour, from 09:00.',
  ]);
});

test('says so where nothing is wrong, and nothing is to be gained', () => {
  const { hours, comparison } = hostReport();
  if (comparison.kind === 'unknown') throw new Error('it is known');
  const calm = hours.map((hour) => ({ ...hour, crowdedMs: 0, badMs: 0 }));
  const same = comparison.results.map((result) => ({ ...result, ready: quantiles(2) }));
  const [crowding, balancing] = told({ hours: calm, comparison: { ...comparison, results: same } });
  expect(crowding).toBe(
    'This host was never crowded in 24 h: at any time 19 of 20 vCPUs waited for a pCPU 5 % of the time or less.',
  );
  expect(balancing).toContain('balancing would have brought nothing');
});

test('of several days, how long a day', () => {
  const { recorded, hours } = hostReport();
  const [crowding] = told({
    recorded: { ...recorded, measuredMs: 3 * recorded.measuredMs },
    hours: [...hours, ...hours, ...hours],
  });
  expect(crowding).toMatch(/^This host was crowded for 9 h of 72 h, 3 h a day:/);
});

test('says why something is not known', () => {
  const unknown = { kind: 'unknown', reason: 'the recording is too short' } as const;
  const { hours } = hostReport();
  expect(
    told({
      hours: hours.map((hour) => ({ ...hour, ready: undefined })),
      comparison: unknown,
      room: unknown,
    }),
  ).toEqual([
    'It is not known how long vCPUs waited.',
    'What balancing would bring is unknown: the recording is too short.',
    'How many more vCPUs fit is unknown: the recording is too short.',
  ]);
});

test.each([
  [{ vcpus: 0, least: 0, most: 0 }, 'There is no room for more vCPUs of this kind'],
  [{ vcpus: 5, least: 5, most: 5 }, 'There is room for 5 more vCPUs of this kind, if'],
  [{ vcpus: 40, least: 38, most: 40, isAtLeast: true }, 'There is room for at least 38 more vCPUs'],
  [{ policy: 'none' }, 'more vCPUs of this kind (10 to 14), without balancing'],
])('tells the room %j', (changed, words) => {
  const { room } = hostReport();
  if (room.kind === 'unknown') throw new Error('it is known');
  expect(told({ room: { ...room, ...changed } })[2]).toContain(words);
});

test.each([
  [12, 'was 4.7 %, and the model makes it 4.0 % with the pins as they were: the two agree.'],
  [
    30,
    'makes it 10 % with the pins as they were: the model overestimates it, so there may be room for more.',
  ],
  [
    3,
    'makes it 1.0 % with the pins as they were: the model underestimates it, so the room was searched up to a shorter ready time.',
  ],
])('tells how far the model is off, with a ready time of %i %%', (p95, words) => {
  const { comparison } = hostReport();
  if (comparison.kind === 'unknown') throw new Error('it is known');
  const results = comparison.results.map((result) => ({ ...result, ready: quantiles(p95) }));
  expect(modelText({ ...comparison, results })).toContain(words);
});
