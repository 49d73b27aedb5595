import { describe, expect, test } from 'vitest';
import type { HostLoad } from '../../src/model/host-load.ts';
import type { Topology } from '../../src/model/topology.ts';
import { mean } from './oracles.ts';
import { afterPlan, hostOf, loadsOf, planFor, type Wish } from './support.ts';
import { pcpuOf, settle, shapedHost, topologyOf } from './topologies.ts';

const times = (count: number, wish: (i: number) => Wish): readonly Wish[] =>
  Array.from({ length: count }, (_, i) => wish(i));

describe("what is the host's own", () => {
  const busy = (host: HostLoad, entries: readonly (readonly [number, number])[]) => ({
    ...host,
    background: new Map(entries),
  });

  test('counts in loads, and nothing goes there', () => {
    const host = busy(
      hostOf(
        2,
        times(4, () => ({ demand: 9, on: 0 })),
      ),
      [[1, 100]],
    );
    const plan = planFor(host);
    expect(plan.before.map(({ loadPct, backgroundPct }) => [loadPct, backgroundPct])).toEqual([
      [36, 0],
      [100, 100],
    ]);
    expect(plan.moves).toEqual([]);
  });

  test('drives vCPUs away, and the reason names it', () => {
    const host = busy(
      hostOf(
        2,
        times(4, () => ({ demand: 20, on: 1 })),
      ),
      [[1, 90]],
    );
    const plan = planFor(host);
    expect(plan.moves.every(({ to }) => to[0] === 0)).toBe(true);
    expect(plan.moves).toHaveLength(4);
    expect(plan.moves[0]?.reason).toBe("pCPU 1 at 170 % (90 % is the host's own), pCPU 0 at 0 %, mean 85 %");
  });
});

test('what of it floats is divided by what pCPUs have left, and keeps nobody away', () => {
  const host = {
    ...hostOf(
      2,
      times(6, () => ({ demand: 12.5, on: 0 })),
    ),
    background: new Map([[1, 20]]),
    floating: new Map([[1, 20]]),
  };
  expect(planFor(host).before.map(({ loadPct }) => loadPct)).toEqual([85, 10]);
  expect(planFor(host).after.map(({ vcpus }) => vcpus)).toEqual([3, 3]);
});

test('nothing goes where the host itself takes all, however crowded the others are', () => {
  const crowded = hostOf(
    2,
    times(8, () => ({ demand: 100, on: 0 })),
  );
  expect(planFor({ ...crowded, background: new Map([[1, 96]]) }).moves).toEqual([]);
  const floating = hostOf(
    2,
    times(2, () => ({ demand: 100, on: [0, 1] })),
  );
  expect(planFor({ ...floating, background: new Map([[1, 96]]) }).moves.map(({ to }) => to)).toEqual([
    [0],
    [0],
  ]);
});

test.each([
  [29, 'balanced: 0-29 %, an idle host'],
  [31, /^the loads go from 0-31 % to /],
])('%d %% on one of two pCPUs', (pct, summary) => {
  const host = hostOf(
    2,
    times(8, () => ({ demand: pct / 8, on: 0 })),
  );
  expect(planFor(host).summary).toEqual(
    typeof summary === 'string' ? summary : expect.stringMatching(summary),
  );
});

test.each([
  // The same work takes twice the time on the slow pCPU, where each of them does half as much in its 20 %.
  ['fast', 0, [80, 80]],
  ['slow', 1, [40, 40]],
])('a pCPU of half the capacity gets half the vCPUs, which were on the %s one', (_, on, loads) => {
  const host = {
    ...hostOf(
      2,
      times(6, () => ({ demand: 20, on })),
    ),
    capacity: new Map([[1, 0.5]]),
  };
  const plan = planFor(host);
  expect(plan.after.map(({ vcpus }) => vcpus)).toEqual([4, 2]);
  expect(loadsOf(plan)).toEqual(loads);
});

test('what a slow pCPU carries besides is per cent of its own time', () => {
  const host = { ...hostOf(2, []), background: new Map([[1, 60]]), capacity: new Map([[1, 0.5]]) };
  expect(planFor(host).after.map(({ loadPct, backgroundPct }) => [loadPct, backgroundPct])).toEqual([
    [0, 0],
    [60, 60],
  ]);
});

/** One cell of 16 pCPUs, four under each L3. */
const epyc: Topology = topologyOf({ cells: 1, dies: 1, cores: 16, threads: 1 }).map((pcpu) => ({
  ...pcpu,
  l3Id: pcpu.id >> 2,
}));
const everywhere = epyc.map(({ id }) => id);
const cachesOf = (host: HostLoad, name: string) =>
  host.vcpus.filter(({ domain }) => domain.name === name).map((vcpu) => pcpuOf(vcpu) >> 2);

describe('L3 caches', () => {
  const small = [0, 1, 4, 5, 8, 9].map((on) => ({ demand: 95, on }));

  test('a domain that floats gets the one that has room for all of it', () => {
    const wishes = [0, 1, 4, 5].map((last) => ({ demand: 90, on: everywhere, last, domain: 'wide' }));
    const { host } = settle(shapedHost(epyc, [...small, ...wishes]));
    expect(cachesOf(host, 'wide')).toEqual([3, 3, 3, 3]);
    const { host: freely } = settle(shapedHost(epyc, [...small, ...wishes]), { l3: 'ignore' });
    expect(new Set(freely.vcpus.map(pcpuOf)).size).toBe(10);
  });

  test('others go rather than that a domain is divided', () => {
    const wide = [0, 1, 2, 3].map((on) => ({ demand: 60, on, domain: 'wide' }));
    const { host } = settle(shapedHost(epyc, [...wide, ...[0, 1, 2, 3].map((on) => ({ demand: 60, on }))]));
    expect(cachesOf(host, 'wide')).toEqual([0, 0, 0, 0]);
    expect(new Set(host.vcpus.map(pcpuOf)).size).toBe(8);
  });

  test('strict: none leaves its own', () => {
    const host = shapedHost(
      epyc,
      times(8, () => ({ demand: 60, on: 0 })),
    );
    const { host: after } = settle(host, { l3: 'strict' });
    expect(new Set(after.vcpus.map(pcpuOf))).toEqual(new Set([0, 1, 2, 3]));
  });

  test('--granularity l3 pins to all pCPUs of one', () => {
    const { host } = settle(
      shapedHost(
        epyc,
        times(8, (i) => ({ demand: 60, on: i % 4 })),
      ),
      { granularity: 'l3' },
    );
    for (const { placement } of host.vcpus)
      expect(placement.affinity).toEqual([0, 1, 2, 3].map((i) => (placement.affinity[0] ?? 0) + i));
  });
});

test('a domain with a passed-through device gets the cell of the device', () => {
  const two = topologyOf({ cells: 2, dies: 1, cores: 4, threads: 1 });
  const all = two.map(({ id }) => id);
  const host = shapedHost(two, [
    ...[0, 1].map(() => ({ demand: 40, on: all, last: 1, domain: 'card' })),
    { demand: 60, on: 5, fixed: 'excluded' },
  ]);
  const vcpus = host.vcpus.map((vcpu) =>
    vcpu.domain.name === 'card' ? { ...vcpu, deviceCells: [1] } : vcpu,
  );
  const { host: after } = settle({ ...host, vcpus });
  expect(after.vcpus.slice(0, 2).every((vcpu) => pcpuOf(vcpu) >= 4)).toBe(true);
});

describe('readings as real guests show them, all on one of two pCPUs', () => {
  const draw = numbers(7);
  test.each([
    [6, 12.5],
    [8, 19],
    [4, 25],
    [12, 6],
  ])('%i of %d %%: never declined, half of them go', (count, demand) => {
    for (let round = 0; round < 60; round++) {
      // Each runs its share in steps of 10 ms of a window of 2 s, and waits anything up to what the others run.
      const wishes = times(count, () => {
        const usagePct = Math.round((demand * (0.8 + 0.4 * draw())) / 0.5) * 0.5;
        const delayPct = demand * (0.3 + 1.4 * draw());
        return { demand, on: 0, reading: { kind: 'measured', usagePct, delayPct } };
      });
      const host = hostOf(2, wishes);
      const plan = planFor(host);
      expect(plan.moves.length).toBeGreaterThan(0);
      const on = afterPlan(host, plan).vcpus.map(pcpuOf);
      expect(Math.abs(mean(on) - 0.5)).toBeLessThanOrEqual(1.01 / count);
    }
  });
});

/** Repeatable, from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
