import { describe, expect, test } from 'vitest';
import { afterPlan, hostOf, loadsOf, planFor, type Wish } from './support.ts';
import { pcpuOf, shapedHost, topologyOf } from './topologies.ts';

const times = (count: number, wish: (i: number) => Wish): readonly Wish[] =>
  Array.from({ length: count }, (_, i) => wish(i));
/** Four cells of eight pCPUs. */
const four = topologyOf({ cells: 4, dies: 1, cores: 8, threads: 1 });
const cellLoads = (loads: readonly number[]) =>
  [0, 1, 2, 3].map((cell) => loads.slice(8 * cell, 8 * cell + 8).reduce((sum, each) => sum + each, 0));

describe('all cells are balanced by the first plan', () => {
  test('256 vCPUs on one pCPU: those that stay in its cell are spread as well', () => {
    const usagePct = 100 / 256;
    const host = shapedHost(
      four,
      times(256, () => ({
        demand: 7.5,
        on: 0,
        reading: { kind: 'measured', usagePct, delayPct: 7.5 - usagePct },
      })),
    );
    const plan = planFor(host);
    // No more leave their memory than it takes: of the cell's 800 % they leave 797.
    expect(cellLoads(loadsOf(plan))[0]).toBeLessThanOrEqual(800);
    for (const first of [0, 8, 16, 24]) {
      const own = loadsOf(plan).slice(first, first + 8);
      expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(7.5);
    }
  });

  test('two cells that starve are both relieved, and none of those that cross goes on', () => {
    const wishes = [0, 8].flatMap((first) =>
      times(12, (i) => ({ demand: 95, on: first + (i % 8), domain: `g${first}-${i}` })),
    );
    const plan = planFor(shapedHost(four, wishes));
    const crossing = plan.moves.filter(({ from: [a = 0], to: [b = 0] }) => a >> 3 !== b >> 3);
    expect(crossing.map(({ from: [a = 0] }) => a >> 3).sort()).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(Math.max(...loadsOf(plan))).toBeLessThanOrEqual(95);
    expect(planFor(afterPlan(shapedHost(four, wishes), plan)).moves).toEqual([]);
  });

  test('one that starves is found although others float over all cells', () => {
    const bound = times(12, (i) => ({ demand: 95, on: i % 8, domain: `bound${i}` }));
    const free = times(40, (i) => ({
      demand: 30,
      on: four.map(({ id }) => id),
      last: 8 + (i % 24),
      domain: `free${i}`,
    }));
    const plan = planFor(shapedHost(four, [...bound, ...free]));
    expect(Math.max(...loadsOf(plan))).toBeLessThanOrEqual(100);
  });

  test('what comes into a cell that was empty is spread there, and what is left of the other one too', () => {
    const host = shapedHost(
      topologyOf({ cells: 2, dies: 1, cores: 4, threads: 1 }),
      times(16, (i) => ({ demand: 45, on: i % 2, domain: `d${i}` })),
    );
    const plan = planFor(host);
    expect(loadsOf(plan)).toEqual(Array(8).fill(90));
    expect(planFor(afterPlan(host, plan)).moves).toEqual([]);
  });
});

test.each([1, 2, 3, 5, 8])('--max-moves %i: none is counted on to go that may not yet', (maxMoves) => {
  let host = shapedHost(
    four,
    times(16, (i) => ({ demand: 90, on: i % 8, domain: `d${String(i).padStart(2, '0')}` })),
  );
  for (let cycle = 0; cycle < 20; cycle++) {
    const plan = planFor(host, { maxMoves });
    expect(plan.moves.length).toBeLessThanOrEqual(maxMoves);
    host = afterPlan(host, plan);
    const shown = cellLoads(loadsOf(plan));
    expect(shown).toEqual(cellLoads(loadsOf(planFor(host, { maxMoves: 0 }))));
    if (plan.moves.length === 0) break;
  }
  expect(planFor(host).moves).toEqual([]);
  expect(new Set(host.vcpus.map(pcpuOf)).size).toBe(16);
});

test('one that may not stay where it is joins no parts: each keeps its own mean', () => {
  const host = hostOf(4, [
    { demand: 20, on: 0, allowed: [2, 3] },
    ...[0, 0, 1].map((on) => ({ demand: 60, on, allowed: [0, 1] })),
    ...[2, 3].map((on) => ({ demand: 10, on, allowed: [2, 3] })),
  ]);
  const plan = planFor(host);
  expect(plan.before.map(({ loadPct }) => loadPct)).toEqual([140, 60, 10, 10]);
  expect(plan.verdict.components.map(({ cpus }) => cpus)).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(plan.moves).toMatchObject([
    { domain: { name: 'd0000' }, from: [0], to: [2] },
    { domain: { name: 'd0004' }, from: [2], to: [3], reason: 'pCPU 2 at 10 %, pCPU 3 at 10 %, mean 20 %' },
  ]);
  expect(loadsOf(plan)).toEqual([120, 60, 20, 20]);
});
