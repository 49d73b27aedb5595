import { expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { sweepSettings } from '../../src/config/sweep.ts';

const swept = (...sweep: readonly string[]) =>
  sweepSettings(readSettings({ sweep })).map((variant) => variant.swept);

test('no sweep is one variant', () => {
  expect(swept()).toEqual([{}]);
});

test('the product of all sweeps, with the values in their settings', () => {
  expect(swept('high=85,90', 'low=60,70')).toEqual([
    { high: '85', low: '60' },
    { high: '85', low: '70' },
    { high: '90', low: '60' },
    { high: '90', low: '70' },
  ]);
  const variants = sweepSettings(readSettings({ sweep: ['max-moves=1,2'] }));
  expect(variants.map(({ settings }) => settings.maxMoves)).toEqual([1, 2]);
});

test.each([
  ['high=80,80', [{ high: '80' }]],
  ['sigma=1,1.0,2', [{ sigma: '1' }, { sigma: '2' }]],
  ['numa=prefer,strict,prefer', [{ numa: 'prefer' }, { numa: 'strict' }]],
])('%s: a value that is there twice is tried once', (sweep, expected) => {
  expect(swept(sweep)).toEqual(expected);
});

test.each([
  [
    ['high=80', 'high=90'],
    "--sweep: 'high' is swept twice: give all its values at once, as in high=80,85,90",
  ],
  [['high'], "--sweep: a setting and its values are wanted, such as high=80,85,90, not 'high'"],
  [['window=3'], /^--sweep: there is no setting 'window' to sweep, but high, /],
  [['high=101'], "--high: a number above 0, at most 100 is wanted, not '101'"],
])('%j: a usage error', (sweep, message) => {
  expect(() => swept(...sweep)).toThrow(message);
  expect(() => swept(...sweep)).toThrow(expect.objectContaining({ status: 64 }));
});
