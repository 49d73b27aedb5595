import { describe, expect, test } from 'vitest';
import { deviation } from '../../src/balance/evenness.ts';
import { afterPlan, hostOf, loadsOf, planFor, type Wish } from './support.ts';

const times = (count: number, wish: Wish): readonly Wish[] => Array.from({ length: count }, () => wish);

describe('the cases every balancer is judged by', () => {
  const cases: [name: string, pcpus: number, wishes: readonly Wish[], moves: number, deviation: number][] = [
    ['eight on one of four', 4, times(8, { demand: 50, on: 0 }), 6, 0],
    ['sixteen on one of eight', 8, times(16, { demand: 50, on: 0 }), 14, 0],
    ['half and half', 4, [...times(4, { demand: 20, on: 0 }), ...times(4, { demand: 20, on: 3 })], 4, 0],
    ['spread already', 2, [...times(2, { demand: 50, on: 0 }), ...times(2, { demand: 50, on: 1 })], 0, 0],
    [
      'twelve busy ones as 9/1/1/1',
      4,
      [...times(9, { demand: 100, on: 0 }), ...[1, 2, 3].map((on) => ({ demand: 100, on }))],
      6,
      0,
    ],
    ['three busy ones on one of eight', 8, times(3, { demand: 100, on: 0 }), 2, 49],
    ['heavy against light', 2, [...times(4, { demand: 25, on: 0 }), ...times(4, { demand: 6, on: 1 })], 4, 0],
    ['eight of 19 % on one of two', 2, times(8, { demand: 19, on: 0 }), 4, 0],
  ];
  test.each(cases)('%s', (_, pcpus, wishes, moves, most) => {
    const host = hostOf(pcpus, wishes);
    const plan = planFor(host);
    expect(plan.moves).toHaveLength(moves);
    expect(deviation(loadsOf(plan))).toBeLessThanOrEqual(most + 0.001);
    expect(planFor(afterPlan(host, plan)).moves).toEqual([]);
  });
});
