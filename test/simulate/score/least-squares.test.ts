import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spread } from '../../../src/simulate/score/best-spread.ts';
import { leastPoured } from '../../../src/simulate/score/least-squares.ts';
import { partition } from '../../../src/simulate/score/partition.ts';
import { tasks } from './support.ts';

describe('leastPoured', () => {
  test('no division is below it', () => {
    fc.assert(
      fc.property(tasks({ maxDemands: 12, maxPcpus: 5 }), (task) => {
        const { loads } = partition(task.demands, task.base, task.allowed);
        expect(leastPoured(task)).toBeLessThanOrEqual(spread(loads) ** 2 * loads.length + 1e-6);
      }),
    );
  });

  test.each([
    ['all over all', [60, 60], [0, 0, 0], [undefined, undefined], 0],
    ['what stands in the way', [60], [100, 0], [undefined], 2 * 20 ** 2],
    ['a set with too little room', [100, 100, 50], [0, 0], [[0], [0], undefined], 2 * 75 ** 2],
    [
      'sets that overlap',
      [90, 90, 90],
      [0, 0, 0],
      [
        [0, 1],
        [1, 2],
        [0, 1],
      ],
      0,
    ],
  ])('%s', (_, demands, base, allowed, squares) => {
    expect(leastPoured({ demands, base, allowed })).toBeCloseTo(squares, 1);
  });
});
