import { describe, expect, test } from 'vitest';
import { localCapacity } from '../../src/host/local-capacity.ts';

const capacity = (values: readonly (number | string)[], name: string) =>
  localCapacity(
    values.map((_, cpu) => cpu),
    async (path) => {
      const [, cpu, file] = /^\/sys\/devices\/system\/cpu\/cpu(\d+)\/(.*)$/.exec(path) ?? [];
      const value = file === name ? values[Number(cpu)] : undefined;
      return value === undefined ? undefined : `${value}\n`;
    },
  );

describe('as the scheduler has it', () => {
  test.each([
    ['all alike', [1024, 1024], []],
    ['two kinds', [1024, 512], [[1, 0.5]]],
    ['the fastest is not 1024', [512, 256], [[1, 0.5]]],
    ['one is not told', [1024, '', 256], [[2, 0.25]]],
    ['one is none', [1024, 'x', 0], []],
  ])('%s', async (_, values, shares) => {
    expect([...(await capacity(values, 'cpu_capacity'))]).toEqual(shares);
  });
});

describe('by the highest frequency', () => {
  test.each([
    ['all alike', [3_800_000, 3_800_000], []],
    ['cores that are favoured for single threads', [5_500_000, 5_200_000, 5_000_000], []],
    ['efficient cores', [5_000_000, 3_800_000], [[1, 0.76]]],
  ])('%s', async (_, values, shares) => {
    expect([...(await capacity(values, 'cpufreq/cpuinfo_max_freq'))]).toEqual(shares);
  });
});

test('a kernel that tells neither', async () => {
  expect(await capacity([1, 1], 'none')).toEqual(new Map());
  expect(await localCapacity([], async () => undefined)).toEqual(new Map());
});
