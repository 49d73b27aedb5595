import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cpuSet,
  formatCpuSet,
  intersect,
  isSubset,
  parseCpuList,
  parseKernelCpuList,
  without,
} from '../../src/model/cpu-set.ts';

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

  test.each(['', 'a', '3-1', '1,,2', '-1', '0x1', '1-', '1.5', '16384', '0-99999', '9'.repeat(99)])(
    'refuses %j',
    (text) => {
      expect(() => parseCpuList(text)).toThrow(RangeError);
    },
  );

  test('a list that no host can have is refused before it is read', () => {
    expect(() => parseCpuList('0,'.repeat(40_000))).toThrow('the list is longer than 65536 characters');
  });

  test('the numbers of overlapping ranges are those of the ranges one by one', () => {
    const range = fc
      .tuple(fc.boolean(), fc.nat(60), fc.nat(12))
      .map(([isOut, first, more]) => ({ isOut, first, last: first + more }));
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 12 }), (ranges) => {
        const text = ranges.map(({ isOut, first, last }) => `${isOut ? '^' : ''}${first}-${last}`).join();
        const isIn = (cpu: number, out: boolean) =>
          ranges.some(({ isOut, first, last }) => isOut === out && first <= cpu && cpu <= last);
        const expected = Array.from({ length: 80 }, (_, cpu) => cpu).filter(
          (cpu) => isIn(cpu, false) && !isIn(cpu, true),
        );
        expect(parseCpuList(text)).toEqual(expected);
      }),
    );
  });

  test('a range named again and again costs no more than its text', () => {
    // By listing each, this would be a hundred million numbers.
    expect(parseCpuList(Array(7000).fill('0-16383').join())).toHaveLength(16_384);
  });
});

describe('parseKernelCpuList', () => {
  test.each([
    ['0-3,8\n', [0, 1, 2, 3, 8]],
    ['2-3,', [2, 3]],
    ['', []],
    ['(null)\n', []],
    ['0-6:2', [0, 2, 4, 6]],
    ['0-9:2/5', [0, 1, 5, 6]],
    ['0-9:5/5', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['0-2:2/8', [0, 1]],
  ])('%j', (text, cpus) => expect(parseKernelCpuList(text)).toEqual(cpus));

  test.each([
    'x',
    '3-1',
    '0-',
    '1,,2',
    '0-6:0',
    '0-6:2/0',
    '0-6:0/2',
    ',',
    '^1',
    '0-99999',
    `${'0,'.repeat(40_000)}1`,
  ])('is none: %j', (text) => expect(parseKernelCpuList(text)).toBeUndefined());

  test('any text ends in a set or in undefined', () => {
    let sets = 0;
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789,-:/^ \n') }), (text) => {
        const set = parseKernelCpuList(text);
        if (set === undefined) return;
        sets++;
        expect(set).toEqual(cpuSet(set));
      }),
      { numRuns: 1000, examples: [['0-3,8'], ['7'], ['0-12:1/4']] },
    );
    expect(sets).toBeGreaterThan(1);
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
