import { expect, test } from 'vitest';
import { spanText, timeLabels } from '../../../src/render/report/time-axis.ts';

test.each([
  [0, '0 s'],
  [90, '90 s'],
  [150, '2 min 30 s'],
  [2700, '45 min'],
  [7200, '2 h'],
  [9000, '2 h 30 min'],
  [7199.7, '2 h'],
])('%d seconds are %s', (seconds, text) => expect(spanText(seconds)).toBe(text));

test('labels stand at round times, at most eleven of them', () => {
  expect(timeLabels(6, 2)).toEqual(['0 s', '2 s', '4 s', '6 s', '8 s', '10 s']);
  expect(timeLabels(250, 8).filter((label) => label !== undefined)).toEqual([
    '0 s',
    '5 min',
    '10 min',
    '15 min',
    '20 min',
    '25 min',
    '30 min',
  ]);
  expect(timeLabels(250, 9999).filter((label) => label !== undefined).length).toBeLessThanOrEqual(11);
});
