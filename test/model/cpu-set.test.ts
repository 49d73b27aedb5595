import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuSet, formatCpuSet, intersect, isSubset, parseCpuList, without } from '../../src/model/cpu-set.ts';

const anySet = fc.array(fc.integer({ min: 0, max: 300 })).map(cpuSet);

describe('parseCpuList', () => {
  test.each([
    ['0', [0]],
    ['0-3', [0, 1, 2, 3]],
    ['8,0-2', [0, 1, 2, 8]],
    ['0-7,^2', [0, 1, 3, 4, 5, 6, 7]],
    ['^2,0-3', [0, 1, 3]],
    ['1,1,1', [1]],
  ])('%s', (text, cpus) => expect(parseCpuList(text)).toEqual(cpus));

  test.each(['', 'a', '3-1', '1,,2', '-1', '0x1', '1-', '1.5', '999999'])('refuses %j', (text) => {
    expect(() => parseCpuList(text)).toThrow(RangeError);
  });
});

test('a formatted set reads back as itself', () => {
  fc.assert(
    fc.property(anySet, (set) => {
      fc.pre(set.length > 0);
      expect(parseCpuList(formatCpuSet(set))).toEqual(set);
    }),
  );
});

test('intersect and without part a set in two', () => {
  fc.assert(
    fc.property(anySet, anySet, (a, b) => {
      expect(cpuSet([...intersect(a, b), ...without(a, b)])).toEqual(a);
    }),
  );
});

test('a set is a subset where nothing of it is outside the other', () => {
  const set = fc.array(fc.nat({ max: 8 }), { maxLength: 6 }).map(cpuSet);
  fc.assert(
    fc.property(set, set, (a, b) => {
      expect(isSubset(a, b)).toBe(without(a, b).length === 0);
    }),
  );
});
