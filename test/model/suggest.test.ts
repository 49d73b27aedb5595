import { expect, test } from 'vitest';
import { didYouMean } from '../../src/model/suggest.ts';

const known = ['high', 'low', 'gap', 'max-moves', 'max-rate', 'timeout', 'cpus'];

test.each([
  ['max_moves', 'max-moves'],
  ['maxMoves', 'max-moves'],
  ['MAX-MOVES', 'max-moves'],
  ['max-move', 'max-moves'],
  ['hihg', 'high'],
  ['hig', 'high'],
  ['timout', 'timeout'],
  ['cpu', 'cpus'],
  ['loww', 'low'],
])('%s: %s', (word, meant) => {
  expect(didYouMean(word, known)).toBe(`; did you mean ${meant}?`);
});

test.each(['x'.repeat(1_000_000), 'colour', 'x', '', 'frobnicate', 'hello'])(
  '%s: nothing like it',
  (word) => {
    expect(didYouMean(word, known)).toBe('');
  },
);
