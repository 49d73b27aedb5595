import { describe, expect, test } from 'vitest';
import { floatingPctBetween, overheadsBetween } from '../../src/host/overheads.ts';
import { unbounded } from '../../src/model/bounds.ts';
import type { Domain } from '../../src/model/domain.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';

const ns = (ms: number) => BigInt(ms) * 1_000_000n;

function domain(
  name: string,
  allMs: number | undefined,
  vcpusMs: readonly (number | undefined)[],
  id = 1,
): Domain {
  return {
    uuid: name,
    name,
    id,
    bounds: unbounded,
    cpuTimeNs: allMs === undefined ? undefined : ns(allMs),
    vcpus: vcpusMs.map((ms, number) => ({
      number,
      counters: ms === undefined ? undefined : { cpuTimeNs: ns(ms), delayNs: undefined },
      placement: undefined,
      problem: undefined,
    })),
  };
}

function snapshot(takenAtMs: number, domains: readonly Domain[]): Snapshot {
  return {
    takenAtMs,
    online: [0],
    isolated: [],
    topology: [],
    pcpuTimes: new Map(),
    capacity: new Map(),
    domains,
    leftAlone: [],
  };
}

const told = (before: readonly Domain[], after: readonly Domain[]) =>
  overheadsBetween(snapshot(0, before), snapshot(2000, after)).map(
    ({ domain: { name }, overheadPct }) => [name, overheadPct] as const,
  );

test('what domains ran besides their vCPUs, the largest first', () => {
  const before = [domain('a', 10, [0, 0]), domain('b', 0, [0]), domain('c', 5, [5])];
  const after = [domain('a', 1310, [500, 400]), domain('b', 1900, [100]), domain('c', 2005, [2005])];
  expect(told(before, after)).toEqual([
    ['b', 90],
    ['a', 20],
  ]);
});

test.each<[string, Domain, Domain]>([
  ['less than 5 % of a pCPU', domain('a', 0, [0]), domain('a', 99, [0])],
  [
    'no more than the steps of the times of many vCPUs',
    domain('a', 0, Array(16).fill(0)),
    domain('a', 159, Array(16).fill(0)),
  ],
  ['its own time is not known', domain('a', undefined, [0]), domain('a', 1900, [0])],
  ['that of a vCPU is not known', domain('a', 0, [0, undefined]), domain('a', 1900, [0, 0])],
  ['a vCPU was plugged in', domain('a', 0, [0]), domain('a', 1900, [0, 900])],
  ['it was started anew', domain('a', 0, [0]), domain('a', 1900, [0], 2)],
  ['it was started anew, under the same number', domain('a', 0, [100]), domain('a', 1900, [50])],
])('nothing is told: %s', (_, before, after) => {
  expect(told([before], [after])).toEqual([]);
});

test('a domain that was not there before is not told', () => {
  expect(told([], [domain('a', 1900, [0])])).toEqual([]);
});

describe('threads that float', () => {
  const free = (name: string, allMs: number) => domain(name, allMs, [0]);
  const bound = (name: string, allMs: number, live: Partial<Domain['bounds']['live']>): Domain => ({
    ...free(name, allMs),
    bounds: { ...unbounded, live: { ...unbounded.live, ...live } },
  });
  const floating = (before: readonly Domain[], after: readonly Domain[]) =>
    floatingPctBetween(snapshot(0, before), snapshot(2000, after));

  test('what those with little to do ran, all together', () => {
    expect(floating([free('a', 0), free('b', 0)], [free('a', 40), free('b', 60)])).toBe(5);
  });

  test.each([
    ['one with much to do', free('b', 0), free('b', 1600)],
    ['an <emulatorpin>', bound('b', 0, { emulator: [[1]] }), bound('b', 60, { emulator: [[1]] })],
    ['a cpuset', bound('b', 0, { cpuset: [1] }), bound('b', 60, { cpuset: [1] })],
    ['a start in between', domain('b', 0, [0], 1), domain('b', 60, [0], 2)],
    ['a time that is not known', domain('b', undefined, [0]), domain('b', 60, [0])],
  ])('%s does not count', (_, before, after) => {
    expect(floating([free('a', 0), before], [free('a', 40), after])).toBe(2);
  });
});
