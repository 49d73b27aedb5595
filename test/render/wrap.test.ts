import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { wrap } from '../../src/render/wrap.ts';

test.each([
  ['', ''],
  ['one', 'one'],
  ['one two', 'one two'],
  ['one two three', 'one two\n  three'],
  ['a word-that-is-too-long b', 'a\n  word-that-is-too-long\n  b'],
])('%j', (text, wrapped) => {
  expect(wrap(text, 10, '  ')).toBe(wrapped);
});

test('no word is lost', () => {
  const words = fc.array(fc.stringMatching(/^\S{1,30}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 80 }), (all, width) => {
      expect(wrap(all.join(' '), width, '  ').split(/\s+/)).toEqual(all);
    }),
  );
});
