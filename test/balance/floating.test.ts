import { describe, expect, test } from 'vitest';
import { drawFrom } from '../../bench/support/draw.ts';
import { policies } from '../../src/balance/policies/index.ts';
import { defaults, hostOf, loadsOf, planFor, type Wish } from './support.ts';
import { topologyOf } from './topologies.ts';

const anywhere = [0, 1, 2, 3, 4, 5, 6, 7];
const times = (count: number, wish: (i: number) => Wish): readonly Wish[] =>
  Array.from({ length: count }, (_, i) => wish(i));
const pinned = (count: number, demand: number) => times(count, (i) => ({ demand, on: i % 8 }));
const free = (count: number, demand: number, more: Partial<Wish> = {}) =>
  times(count, () => ({ demand, on: anywhere, ...more }));

describe('a vCPU that goes on floating is wherever there is room', () => {
  test.each([
    ['one of 100 %', [...pinned(16, 30), ...free(1, 100, { fixed: 'excluded' })], 'demand'],
    ['eight of 20 %', [...pinned(8, 20), ...free(8, 20, { fixed: 'excluded' })], 'demand'],
    ['--place keep', [...pinned(16, 30), ...free(4, 60)], 'keep'],
    ['small ones', [...pinned(8, 20), ...free(16, 3)], 'demand'],
  ] as const)('%s: nothing moves, wherever it is seen from cycle to cycle', (_, wishes, place) => {
    const draw = drawFrom(7);
    const start = hostOf(8, wishes);
    const decide = policies.threshold();
    for (let cycle = 0; cycle < 40; cycle++) {
      const vcpus = start.vcpus.map((vcpu) =>
        vcpu.placement.affinity.length === 1
          ? vcpu
          : { ...vcpu, placement: { affinity: anywhere, lastPcpu: Math.floor(draw(0, 8)) } },
      );
      const urgency = cycle === 0 ? 'now' : 'patient';
      expect(decide({ ...start, vcpus }, { ...defaults, place, urgency }).moves).toEqual([]);
    }
  });

  test('what it wants counts beside those that are pinned, and pCPUs that may not be used take their part', () => {
    const host = hostOf(2, [
      { demand: 60, on: 0 },
      { demand: 70, on: 0 },
      { demand: 20, on: 1 },
      { demand: 40, on: [0, 1], last: 0, fixed: 'excluded' },
    ]);
    const loads = ({ before }: ReturnType<typeof planFor>) => before.map(({ loadPct }) => loadPct);
    expect(loads(planFor(host))).toEqual([130, 60]);
    const topology = topologyOf({ cells: 1, dies: 1, cores: 4, threads: 1 });
    const outside = host.vcpus.map((vcpu, i) =>
      i < 3 ? vcpu : { ...vcpu, placement: { affinity: [0, 1, 2, 3], lastPcpu: 3 } },
    );
    expect(loads(planFor({ ...host, topology, vcpus: outside }))[1]).toBeCloseTo(20 + (40 * 80) / 280);
  });

  test('the others make room for it where it may run nowhere else', () => {
    const host = hostOf(4, [
      ...[0, 0, 1, 1].map((on) => ({ demand: 30, on })),
      { demand: 80, on: [0, 1], fixed: 'excluded' },
    ]);
    expect(loadsOf(planFor(host))).toEqual([40, 40, 60, 60]);
  });
});

describe('on an idle host', () => {
  test('small ones stay free, wherever all of them were last seen, and whatever the host itself runs', () => {
    const host = hostOf(2, free(8, 6, { on: [0, 1], last: 0 }));
    for (const background of [[], [[0, 60]], [[1, 97]]] as const)
      expect(planFor({ ...host, background: new Map(background) }).moves).toEqual([]);
  });

  test('one that wants much is pinned, and so are small ones that together leave no room', () => {
    expect(planFor(hostOf(8, free(1, 40))).moves).toHaveLength(1);
    expect(planFor(hostOf(2, free(8, 9, { on: [0, 1] }))).moves).toHaveLength(8);
  });

  test('small ones on few pCPUs are placed where those are crowded', () => {
    expect(planFor(hostOf(8, free(8, 12, { on: [0, 1] }))).moves).toHaveLength(8);
  });

  test('what is pinned is balanced all the same', () => {
    const host = hostOf(8, [...times(3, () => ({ demand: 25, on: 0 })), ...free(8, 3)]);
    const plan = planFor(host);
    expect(plan.moves.filter(({ from }) => from.length === 1)).toHaveLength(2);
  });
});
