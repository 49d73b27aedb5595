import { expect, test } from 'vitest';
import { timeLabels } from '../../../src/render/report/time-axis.ts';

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
