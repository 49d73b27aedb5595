import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { vcpuKey, whereItCounts } from '../../../src/model/host-load.ts';
import { hostOf, type Wish } from '../support.ts';
import { anyHost, countsOf, cycles, decided, movesOf } from './support.ts';

const stacked = (...counts: readonly number[]) =>
  hostOf(
    counts.length,
    counts.flatMap((count, on) => Array.from({ length: count }, (): Wish => ({ demand: 20, on }))),
  );

test.each<[before: readonly number[], after: readonly number[][], moves: number]>([
  [
    [8, 0, 0, 0],
    [
      [4, 4, 0, 0],
      [2, 4, 2, 0],
      [2, 2, 2, 2],
    ],
    8,
  ],
  [
    [4, 0, 0, 4],
    [
      [2, 2, 0, 4],
      [2, 2, 2, 2],
    ],
    4,
  ],
  [
    [9, 1, 1, 1],
    [
      [5, 5, 1, 1],
      [3, 5, 3, 1],
      [3, 3, 3, 3],
    ],
    8,
  ],
  [
    [0, 0, 3],
    [
      [1, 0, 2],
      [1, 1, 1],
    ],
    2,
  ],
  [[2, 1, 1], [], 0],
  [[3, 0], [[2, 1]], 1],
])('%j', (before, after, moves) => {
  const { plans } = cycles('spread', stacked(...before));
  expect(plans.map(countsOf)).toEqual(after);
  expect(plans.flatMap((plan) => plan.moves)).toHaveLength(moves);
});

test('loads do not matter to it, but the lightest go, and of equal counts the busier pCPU gives', () => {
  const wishes = [5, 9, 7, 30, 30, 30].map((demand, i) => ({ demand, on: i < 3 ? 0 : 2 }));
  const plan = decided('spread', hostOf(3, [...wishes, { demand: 1, on: 1 }]));
  expect(movesOf(plan)).toEqual(['d0003: 2 > 1']);
  expect(plan.summary).toBe('half of what pCPU 2 (3 vCPUs) has more goes to pCPU 1 (1)');
  expect(
    decided(
      'spread',
      hostOf(2, [
        { demand: 100, on: 0 },
        { demand: 0, on: 1 },
      ]),
    ).moves,
  ).toEqual([]);
});

test('those that may not be moved count', () => {
  const fixed: Wish = { demand: 5, on: 0, fixed: 'excluded' };
  expect(movesOf(decided('spread', hostOf(2, [fixed, fixed, { demand: 5, on: 0 }])))).toEqual([
    'd0002: 0 > 1',
  ]);
});

test('--max-moves', () => {
  expect(decided('spread', stacked(8, 0), { maxMoves: 3 }).moves).toHaveLength(3);
  expect(cycles('spread', stacked(8, 0), { maxMoves: 3 }).plans.map(countsOf)).toEqual([
    [5, 3],
    [4, 4],
  ]);
});

test('comes to rest, with counts that differ by at most one wherever a vCPU could go', () => {
  fc.assert(
    fc.property(anyHost, fc.constantFrom('spread', 'demand', 'keep'), (host, place) => {
      const { plans, host: end } = cycles('spread', host, { place });
      expect(plans.length).toBeLessThan(100);
      const counts = new Map(end.pcpus.map((pcpu) => [pcpu, 0]));
      for (const vcpu of end.vcpus) {
        if (vcpu.placement.affinity.length > 1) continue;
        const at = whereItCounts(vcpu);
        if (counts.has(at)) counts.set(at, (counts.get(at) ?? 0) + 1);
      }
      const left = new Set(
        decided('spread', end, { place }).leftAlone.map(({ domain, vcpu }) => `${domain.uuid}/${vcpu}`),
      );
      for (const vcpu of end.vcpus.filter((each) => !left.has(vcpuKey(each)))) {
        for (const to of vcpu.allowed)
          expect((counts.get(whereItCounts(vcpu)) ?? 0) - (counts.get(to) ?? 0)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('its weakness: busy ones on one pCPU and idle ones on the other are spread', () => {
  const wishes = [90, 90, 5, 5].map((demand, i) => ({ demand, on: i < 2 ? 0 : 1 }));
  expect(decided('spread', hostOf(2, wishes)).moves).toEqual([]);
});
