import { describe, expect, test } from 'vitest';
import type { Scope } from '../../../src/host/measure.ts';
import { pinAllLive } from '../../../src/simulate/actions.ts';
import { advance } from '../../../src/simulate/advance.ts';
import { type Division, divider, isSame } from '../../../src/simulate/score/division.ts';
import { oracle } from '../../../src/simulate/score/reference.ts';
import { hostOf } from '../support/host-of.ts';

const scope: Scope = { cpus: undefined, exclusion: () => undefined, rule: () => ({}) };

const twoCells = 'topology = { cells = 2, cores = 2 }\n';

/** One that something is said of, on pCPU 1, beside one that may go anywhere. */
const beside = (said: string) =>
  hostOf(
    `${twoCells}[[domains]]\nname = "a"\naffinity = 1\ndemand = 40\n${said}\n` +
      '[[domains]]\nname = "b"\naffinity = 0\ndemand = 20\n',
  );

const brief = ({ movable, allowed, base, demands }: Division) => ({
  movable: movable.map(({ key }) => demands.findIndex((demand) => demand.key === key)),
  allowed,
  base,
});

describe('what a vCPU may do, as the policies are told it', () => {
  test.each([
    ['nothing is said', ''],
    ['all are named', 'cpuset = "0-3"'],
    ['memory that is only preferred', 'numatune = { mode = "preferred", nodeset = "1" }'],
  ])('%s: all may be put anywhere', (_, said) => {
    expect(brief(divider(scope)(beside(said), 2000))).toEqual({
      movable: [0, 1],
      allowed: [],
      base: [0, 0, 0, 0],
    });
  });

  test.each([
    ['<vcpupin>', 'vcpupin = "1-2"', [1, 2]],
    ['<vcpu cpuset>', 'cpuset = "1-2"', [1, 2]],
    ['strict <numatune>', 'numatune = { mode = "strict", nodeset = "0" }', [0, 1]],
    ['its metadata', 'metadata = { cpus = "1,3" }', [1, 3]],
  ])('%s: it may be put only there', (_, said, places) => {
    const division = divider(scope)(beside(said), 2000);
    expect(brief(division)).toEqual({ movable: [0, 1], allowed: [places, undefined], base: [0, 0, 0, 0] });
  });

  test.each([
    ['respected: it has the pCPU for itself', scope, [0, 2, 3]],
    ['not respected', { ...scope, dedicated: 'share' } as const, undefined],
  ])('a <vcpupin> one to one, %s', (_, limited, others) => {
    expect(brief(divider(limited)(beside('vcpupin = 1'), 2000)).allowed).toEqual([[1], others]);
  });

  test('a rule of the configuration, counted among the pCPUs that may be used', () => {
    const rule: Scope['rule'] = ({ name }) => (name === 'a' ? { cpus: { set: [2, 3], by: 'its rule' } } : {});
    const division = divider({ ...scope, cpus: [1, 2, 3], rule })(beside(''), 2000);
    expect(brief(division)).toEqual({ movable: [0, 1], allowed: [[1, 2], undefined], base: [0, 0, 0] });
  });

  test.each([
    ["metadata with managed='no'", 'metadata = { managed = "no" }', scope],
    [
      'an exclusion',
      '',
      { ...scope, exclusion: ({ name }: { name: string }) => (name === 'a' ? 'no' : undefined) },
    ],
    ['no pCPU among those in use', 'cpuset = 0', { ...scope, cpus: [1, 2, 3] }],
  ])('%s: it is in the way', (_, said, limited) => {
    const { base, ...others } = brief(divider(limited)(beside(said), 2000));
    expect(others).toEqual({ movable: [1], allowed: [] });
    expect(base).toEqual(limited.cpus === undefined ? [0, 40, 0, 0] : [40, 0, 0]);
  });
});

describe('divider', () => {
  test('takes note of what happens to the host', () => {
    const host = hostOf(
      'pcpus = 4\n[[domains]]\nname = "a"\ncpuset = "1-2"\ndemand = 40\n' +
        '[[events]]\nat = 3\ndo = "offline"\npcpu = 0\n[[events]]\nat = 5\ndo = "offline"\npcpu = 3\n',
    );
    const divide = divider(scope);
    const placesAt = (seconds: number) => {
      const { pcpus, allowed } = divide(advance(host, seconds), 2000);
      return { pcpus, allowed };
    };
    expect(placesAt(2)).toEqual({ pcpus: [0, 1, 2, 3], allowed: [[1, 2]] });
    expect(placesAt(4)).toEqual({ pcpus: [1, 2, 3], allowed: [[0, 1]] });
    expect(placesAt(6)).toEqual({ pcpus: [1, 2], allowed: [] });
  });

  test('works out what vCPUs may do once where nothing happens', () => {
    let asked = 0;
    const counting: Scope = {
      ...scope,
      rule: () => ({ cpus: { set: [asked++ > 0 ? 0 : 1], by: 'its rule' } }),
    };
    const host = hostOf('pcpus = 2\n[[domains]]\nname = "a"\naffinity = 0\ndemand = 40\n');
    const divide = divider(counting);
    const first = divide(host, 2000);
    const pinned = pinAllLive(host, new Map([[`${host.domains[0]?.uuid}/0`, [1]]]));
    const second = divide(advance(pinned, 2), 2000);
    expect(asked).toBe(1);
    expect(isSame(first, second)).toBe(true);
  });

  test('other sets are something else to divide, although the demand is the same', () => {
    const [free, bound, other] = ['', 'cpuset = "1-2"', 'cpuset = "1,3"'].map((said) =>
      divider(scope)(beside(said), 2000),
    );
    if (free === undefined || bound === undefined || other === undefined) throw new Error('three divisions');
    expect(isSame(free, bound)).toBe(false);
    expect(isSame(bound, other)).toBe(false);
    expect(isSame(bound, divider(scope)(beside('cpuset = "1-2"'), 2000))).toBe(true);
  });
});

test('the oracle pins only where a vCPU may be', () => {
  const host = hostOf(
    `${twoCells}[[domains]]\nname = "m-%d"\ncount = 4\naffinity = 0\ndemand = 60\n` +
      'numatune = { mode = "strict", nodeset = "0" }\n[[domains]]\nname = "free"\naffinity = 0\ndemand = 50\n',
  );
  const pins = [...oracle(divider(scope)(host, 2000)).values()].flat();
  expect(pins.slice(0, 4).sort()).toEqual([0, 0, 1, 1]);
  expect([2, 3]).toContain(pins[4]);
});

describe('what is in the way, and what may be had', () => {
  const divide = (toml: string) => divider(scope)(hostOf(toml), 2000);

  test('counts the host itself and emulators on their pCPUs', () => {
    const { base } = divide(
      'pcpus = 3\n[[background]]\npcpus = 1\ndemand = 40\n[[domains]]\nname = "a"\ndemand = 10\nemulator = 25\nemulatorpin = 2\n',
    );
    expect(base).toEqual([0, 40, 25]);
  });

  test('counts it in per cent of what a pCPU can do', () => {
    const { base, capacity } = divide(
      'pcpus = 2\ncapacity = { "1" = 0.5 }\n[[background]]\npcpus = "0-1"\ndemand = 40\n[[domains]]\nname = "a"\ndemand = 10\n',
    );
    expect([base, capacity]).toEqual([
      [40, 80],
      [1, 0.5],
    ]);
  });

  test.each([
    ['quota = 20', '100', [20, 20]],
    ['quota = { domain = 50 }', '100', [25, 25]],
    // Of each second one half is wanted whole, of which a quota leaves 30 %.
    ['quota = 30', '{ high = 100, period = 1 }', [15, 15]],
    ['quota = 80', '50', [50, 50]],
  ])('%s of a demand of %s leaves %j', (quota, demand, wanted) => {
    const { demands } = divide(
      `pcpus = 2\n[[domains]]\nname = "a"\nvcpus = 2\n${quota}\ndemand = ${demand}\n`,
    );
    expect(demands.map(({ pct }) => pct)).toEqual(wanted);
    expect(demands.map(({ steadyPct }) => steadyPct)).toEqual(wanted);
  });
});
