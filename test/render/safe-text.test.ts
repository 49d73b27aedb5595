import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeJson, safeText } from '../../src/render/safe-text.ts';
import { anyText, control } from '../support/any-text.ts';

test.each([
  ['plain it\'s "quoted"; Größe 日本 😀', 'plain it\'s "quoted"; Größe 日本 😀'],
  ['csi\u009b31mred', 'csi\\u{9b}31mred'],
  ['\u001b[2J', '\\u{1b}[2J'],
  ['two\r\nlines\u2028', 'two\\u{d}\\u{a}lines\\u{2028}'],
  ['abc\u202ecba', 'abc\\u{202e}cba'],
  ['half \ud83d', 'half \\u{d83d}'],
  ['tab\tnul\0', 'tab\\u{9}nul\\u{0}'],
])('%j becomes %j', (text, safe) => {
  expect(safeText(text)).toBe(safe);
});

test('no text leaves a control character', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(safeText(text)).not.toMatch(control);
    }),
  );
});

test('JSON keeps its value, and no text in it leaves a control character', () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom(undefined, 2), (text, indent) => {
      const value = { text, [text]: [1, text] };
      const json = safeJson(value, indent);
      expect(json.replaceAll('\n', '')).not.toMatch(control);
      expect(json.split('\n')).toHaveLength(indent === undefined ? 1 : 7);
      expect(JSON.parse(json)).toEqual(value);
    }),
  );
});
