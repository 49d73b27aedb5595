import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { glob } from '../../src/config/glob.ts';
import { unicodeText } from '../support/any-text.ts';

test.each<[string, readonly string[], readonly string[]]>([
  ['web', ['web'], ['', 'web-1', 'we', 'WEB']],
  ['web*', ['web', 'web-1', 'web\n1'], ['aweb']],
  ['*a*b', ['ab', 'xaxb'], ['ba', 'abx']],
  ['web-?', ['web-1', 'web-😀', 'web-日'], ['web-', 'web-10']],
  ['**/x', ['a/b/x', '/x'], ['x']],
  ['[a-cx]', ['a', 'b', 'c', 'x'], ['d', '-', 'ab', '']],
  ['[!a-c]', ['d', '!'], ['a', '']],
  ['[^a]', ['b'], ['a', '^a']],
  ['[]a]', [']', 'a'], ['b']],
  ['[a-]', ['a', '-'], ['b']],
  ['[\\]]', [']'], ['\\']],
  ['[[:digit:]x]', ['5', 'x'], [':', 'd', 'a']],
  ['[[:no:]]', [':]', 'n]'], ['5']],
  ['[b-a]', [], ['a', 'b']],
  ['{db,web}-*', ['db-1', 'web-'], ['{db,web}-1', 'db']],
  ['{a,{b,c}d}', ['a', 'bd', 'cd'], ['d', 'b']],
  ['{,a}b', ['b', 'ab'], ['a']],
  ['{a}', ['{a}'], ['a']],
  ['{8..11}', ['8', '9', '10', '11'], ['7', '12', '8..11']],
  ['{11..9}', ['9', '11'], ['8']],
  ['{-2..1}', ['-2', '-1', '0', '1'], ['-0', '-3', '2', '--1']],
  ['{08..010}', ['8', '9', '10'], ['08', '010']],
  ['{1..12}3', ['13', '123'], ['3', '133']],
  ['{a..c}', ['a', 'c'], ['d']],
  ['{1..99999999}', ['{1..99999999}'], ['5']],
  ['{a,b', ['{a,b'], ['a']],
  ['a[b', ['a[b'], ['ab']],
  ['\\*\\?', ['*?'], ['ab', '\\*\\?']],
  ['\\', ['\\'], ['']],
  ['?(a)b', ['b', 'ab'], ['aab']],
  ['*(a|bc)', ['', 'a', 'abc', 'bca'], ['b', 'ac']],
  ['+(a|bc)', ['a', 'abc'], ['', 'b']],
  ['@(a|b*)c', ['ac', 'bxc'], ['c', 'aac']],
  ['!(a|b)', ['', 'c', 'ab'], ['a', 'b']],
  ['x!(a)y', ['xy', 'xby', 'xaay'], ['xay']],
  ['*!(a)', ['', 'a', 'b'], []],
  ['+(!(a))', ['', 'b', 'aa'], ['a']],
  ['+(+(a))b', ['ab', 'aab'], ['b']],
  ['+()', [''], ['a']],
  ['+(a', ['+(a'], ['a']],
  ['(a|b)', ['(a|b)'], ['a', 'b']],
  ['!a', ['!a'], ['b']],
  ['.*', ['.', '.x'], ['x']],
  ['', [''], ['a']],
])('%j fits %j, and not %j', (pattern, fitting, others) => {
  const fits = glob(pattern);
  expect(fitting.filter((name) => !fits(name))).toEqual([]);
  expect(others.filter(fits)).toEqual([]);
});

test('a name whose every character is escaped fits itself alone', () => {
  const name = unicodeText({ maxLength: 8 });
  fc.assert(
    fc.property(name, name, (one, other) => {
      const fits = glob([...one].map((character) => `\\${character}`).join(''));
      expect(fits(one)).toBe(true);
      expect(fits(other)).toBe(one === other);
    }),
  );
});

test('stars and question marks fit what a table of all beginnings says', () => {
  const text = (...letters: string[]) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 9 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text('a', 'b', '*', '?'), text('a', 'b'), (pattern, name) => {
      expect(glob(pattern)(name)).toBe(byTable(pattern, name));
    }),
    { numRuns: 300 },
  );
});

function byTable(pattern: string, name: string): boolean {
  const [head = '', rest] = [pattern.charAt(0), pattern.slice(1)];
  if (pattern === '') return name === '';
  if (head === '*') return byTable(rest, name) || (name !== '' && byTable(pattern, name.slice(1)));
  return name !== '' && (head === '?' || head === name.charAt(0)) && byTable(rest, name.slice(1));
}

test('many ranges in a row are not written out', () => {
  const fits = glob('{1..9999}'.repeat(100));
  expect(['1'.repeat(100), '1'.repeat(400)].map(fits)).toEqual([true, true]);
  expect(['1'.repeat(99), '1'.repeat(401)].map(fits)).toEqual([false, false]);
});

// With a regular expression that goes back, each of these takes longer than the universe has lasted.
test.each([
  ['*a*a*a*a*a*a*a*b', 'a'],
  ['+(+(a))b', 'a'],
  ['+(a|aa|aaa)b', 'a'],
  ['*(*a*)*(*a*)b', 'a'],
  [`${'?(a)'.repeat(40)}b`, 'a'],
])('%j comes to an end with a name of 20,000 characters', (pattern, character) => {
  const name = character.repeat(20_000);
  expect(glob(pattern)(name)).toBe(false);
  expect(glob(pattern)(`${name.slice(0, 12)}b`)).toBe(true);
});
