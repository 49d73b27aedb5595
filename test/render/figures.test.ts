import { expect, test } from 'vitest';
import { spanText } from '../../src/render/figures.ts';

test.each([
  [0, '0 s'],
  [90, '90 s'],
  [150, '2 min 30 s'],
  [2700, '45 min'],
  [7200, '2 h'],
  [9000, '2 h 30 min'],
  [7199.7, '2 h'],
])('%d seconds are %s', (seconds, text) => expect(spanText(seconds)).toBe(text));
