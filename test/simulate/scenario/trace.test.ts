import { expect, test } from 'vitest';
import { parseTrace } from '../../../src/simulate/scenario/trace.ts';

test.each([
  ['10', 10],
  [' 0.5 ', 0.5],
  ['007', 7],
  ['5.', 5],
  ['.5', 0.5],
  ['1e-05', 1e-5],
  ['2.5E+1', 25],
])('%j is a figure', (cell, value) => {
  expect(parseTrace('t.csv', `a\n${cell}\n`).columns).toEqual([[value]]);
});

test.each(['', '0x1F', '0b1', '0o7', '-1', '1e400', 'Infinity', 'NaN', '1_000', '20%', '.', 'e5'])(
  '%j is none: the file, the line and the column',
  (cell) => {
    expect(() => parseTrace('t.csv', `a,b\n1,2\n3,${cell}\n`)).toThrow(
      expect.objectContaining({ status: 65, message: `t.csv:3: b: '${cell}' is no number from 0` }),
    );
  },
);
