import { expect, test } from 'vitest';
import { type ThresholdMemory, threshold } from '../../src/balance/policies/threshold.ts';
import type { HostLoad } from '../../src/model/host-load.ts';
import { afterPlan, defaults, hostOf } from './support.ts';
import { shapedHost, topologyOf } from './topologies.ts';

/**
 * So many cycles of a watch on a host where a guest shows what it wants by where it is.
 * @param isPinned whether plans are carried out
 * @returns the moves of each cycle
 */
function watch(
  host: HostLoad,
  demandAt: (pcpu: number, vcpusThere: number) => number,
  cycles: number,
  isPinned = true,
) {
  let memory: ThresholdMemory | undefined;
  let now = host;
  return Array.from({ length: cycles }, () => {
    const places = now.vcpus.map(({ placement }) => placement.affinity[0] ?? 0);
    const vcpus = now.vcpus.map((vcpu, v) => {
      const pcpu = places[v] ?? 0;
      const usagePct = demandAt(pcpu, places.filter((other) => other === pcpu).length);
      return { ...vcpu, reading: { kind: 'measured', usagePct, delayPct: 0 } as const };
    });
    const shown = { ...now, vcpus };
    const { plan, memory: next } = threshold.decide(shown, memory, { ...defaults, urgency: 'patient' });
    memory = next;
    if (isPinned) now = afterPlan(shown, plan);
    return plan.moves.length;
  });
}

const total = (moves: readonly number[]) => moves.reduce((sum, each) => sum + each, 0);
const crowded = (count: number) =>
  hostOf(
    4,
    Array.from({ length: count }, () => ({ demand: 40, on: 0 })),
  );

test('plans that do not bring what they promise become rare', () => {
  // Whoever comes to a pCPU makes all there want more: each gap that is closed opens another one.
  const moves = watch(crowded(6), (_, there) => 20 + 20 * there, 400);
  expect(total(moves)).toBeGreaterThan(3);
  expect(total(moves.slice(200))).toBeLessThanOrEqual(total(moves.slice(0, 200)));
  expect(total(moves.slice(50))).toBeLessThan(40);
});

test('plans that bring it are made at once, again and again', () => {
  const host = crowded(8);
  const moves = watch(host, () => 40, 20);
  expect(moves[0]).toBe(6);
  expect(total(moves)).toBe(6);
});

test('plans that were not carried out say nothing: the next one is as good', () => {
  const moves = watch(crowded(8), () => 40, 10, false);
  expect(moves).toEqual(Array(10).fill(6));
});

test('nor do groups that were given and not taken', () => {
  const topology = topologyOf({ cells: 1, dies: 1, cores: 16, threads: 1 }).map((pcpu) => ({
    ...pcpu,
    l3Id: pcpu.coreId >> 2,
  }));
  const all = topology.map(({ id }) => id);
  const demands = [70, 32, 76, 10, 55, 22, 35, 64, 18, 60];
  const wishes = [2, 4, 3, 2, 3, 1, 4, 2, 3, 1].flatMap((size, i) =>
    Array.from({ length: size }, () => ({ demand: demands[i] ?? 0, on: all, domain: `d${i}` })),
  );
  const host = shapedHost(topology, wishes);
  let memory: ThresholdMemory | undefined;
  for (let cycle = 0; cycle < 10; cycle++) {
    const { plan, memory: next } = threshold.decide(host, memory, { ...defaults, urgency: 'patient' });
    expect(plan.moves).toHaveLength(host.vcpus.length);
    memory = next;
  }
  expect([...(memory?.evidence.values() ?? [])].map(({ doubt }) => doubt)).toEqual([1]);
});
