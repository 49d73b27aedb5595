import { describe, expect, test } from 'vitest';
import type { Scope } from '../../../src/host/measure.ts';
import { divider } from '../../../src/simulate/score/division.ts';
import { oracle, reference } from '../../../src/simulate/score/reference.ts';
import { replay } from '../../../src/simulate/score/replay.ts';
import { trueDemands } from '../../../src/simulate/score/true-demand.ts';
import { hostOf } from '../support/host-of.ts';

const scope: Scope = { cpus: undefined, exclusion: () => undefined, rule: () => ({}) };
const cycles = { intervalMs: 2000, count: 5 };
const stay = () => new Map();

/** Four vCPUs of so much on pCPU 0 of two. */
const stacked = (demand: string, more = '') =>
  hostOf(`pcpus = 2\n[[domains]]\nname = "g%d"\ncount = 4\naffinity = 0\ndemand = ${demand}\n${more}`);

const keysOf = (host: ReturnType<typeof stacked>) => host.domains.map(({ uuid }) => `${uuid}/0`);

describe('replay', () => {
  test('left alone: what is wanted and not there is steal, and the loads are what is wanted', async () => {
    const { cycles: records, stealSeconds } = await replay(stacked('40'), cycles, scope, stay);
    // 160 % wanted of 100 %, for 10 s.
    expect(stealSeconds).toBeCloseTo(6, 6);
    expect(records).toHaveLength(5);
    expect(records[4]).toEqual({ moves: 0, sd: 80, pcpus: [0, 1], loads: Float32Array.from([160, 0]) });
  });

  test('a pin counts as a move where it takes a vCPU elsewhere, and from its cycle on', async () => {
    const host = stacked('40');
    const [a = '', b = ''] = keysOf(host);
    const pins = [
      new Map(),
      new Map([
        [a, [1]],
        [b, [1]],
      ]),
      new Map([[a, [1]]]),
    ];
    const { cycles: records, stealSeconds } = await replay(
      host,
      cycles,
      scope,
      () => pins.shift() ?? new Map(),
    );
    expect(records.map(({ moves }) => moves)).toEqual([0, 2, 0, 0, 0]);
    expect(records.map(({ sd }) => sd)).toEqual([80, 0, 0, 0, 0]);
    expect(stealSeconds).toBeCloseTo(1.2, 6);
  });

  test('the first pin of a floating vCPU is no move', async () => {
    const host = hostOf('pcpus = 2\n[[domains]]\nname = "a"\ndemand = 40\n');
    const [a = ''] = keysOf(host);
    const { cycles: records } = await replay(host, cycles, scope, () => new Map([[a, [1]]]));
    expect(records.map(({ moves }) => moves)).toEqual([0, 0, 0, 0, 0]);
  });

  test('nothing is lost where domains start anew or end within a cycle', async () => {
    const at = (seconds: number, what: string) =>
      `[[events]]\nat = ${seconds}\ndo = "${what}"\ndomain = "g1"\n`;
    const long = { intervalMs: 2000, count: 5 };
    // The host wants 160 % all the time, but for the two seconds in which one is away: 120 %.
    const restarts = await replay(
      stacked('40', [1, 3, 3.5, 5].map((s) => at(s, 'restart')).join('')),
      long,
      scope,
      stay,
    );
    expect(restarts.stealSeconds).toBeCloseTo(6, 6);
    const away = await replay(stacked('40', at(3, 'stop') + at(5, 'start')), long, scope, stay);
    expect(away.stealSeconds).toBeCloseTo(6 - 2 * 0.4, 6);
    const gone = await replay(stacked('40', `transient = true\n${at(9, 'stop')}`), long, scope, stay);
    expect(gone.stealSeconds).toBeCloseTo(6 - 0.4, 6);
  });

  test('only the pCPUs of --cpus have loads', async () => {
    const [record] = (await replay(stacked('40'), cycles, { ...scope, cpus: [1] }, stay)).cycles;
    expect(record).toMatchObject({ pcpus: [1], loads: Float32Array.from([0]) });
  });
});

describe('reference', () => {
  test('the oracle starves nobody where there is room, and the best spread is told for each cycle', async () => {
    const ideal = await reference(stacked('40'), cycles, scope);
    expect(ideal.oracleStealSeconds).toBe(0);
    expect(ideal.best).toEqual(Array(5).fill({ sd: 0, search: 'exact' }));
    expect(ideal.demandSeconds).toBeCloseTo(16, 6);
    expect(ideal.vcpuHours).toBeCloseTo((4 * 10) / 3600, 9);
  });

  test('tells in which cycles something else is wanted, noise left out', async () => {
    const steps = '[{ steps = [[0, 20], [4, 50]] }, 30]\nnoise = 3';
    expect((await reference(stacked(steps), cycles, scope)).changed).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  test('what must stay is in the way', async () => {
    const excluded = {
      ...scope,
      exclusion: ({ name }: { name: string }) => (name < 'g3' ? 'no' : undefined),
    };
    // Two of 40 stay on pCPU 0, the other two go to pCPU 1.
    expect((await reference(stacked('40'), cycles, excluded)).best[0]?.sd).toBe(0);
    const all = { ...scope, exclusion: () => 'no' };
    expect((await reference(stacked('40'), cycles, all)).best[0]?.sd).toBe(80);
    expect((await reference(stacked('40'), cycles, all)).oracleStealSeconds).toBeCloseTo(6, 6);
  });
});

describe('reference, where vCPUs may not go anywhere', () => {
  test.each([
    ["managed='no'", 'metadata = { managed = "no" }'],
    ['<vcpupin>', 'vcpupin = 0'],
  ])('%s: neither the best spread nor the oracle takes them elsewhere', async (_, said) => {
    const host = hostOf(
      `pcpus = 4\n[[domains]]\nname = "fixed-%d"\ncount = 4\naffinity = 0\ndemand = 40\n${said}\n` +
        '[[domains]]\nname = "free-%d"\ncount = 4\naffinity = 1\ndemand = 20\n',
    );
    const { best, oracleStealSeconds } = await reference(host, cycles, scope);
    // 160 on pCPU 0; 40, 20 and 20 on the others.
    const sd = Math.sqrt((100 ** 2 + 20 ** 2 + 2 * 40 ** 2) / 4);
    expect(best).toEqual(Array(5).fill({ sd: expect.closeTo(sd, 6), search: 'exact' }));
    expect(oracleStealSeconds).toBeCloseTo(6, 6);
  });
});

describe('steering', () => {
  test('the oracle knows what comes', async () => {
    const host = stacked('[{ steps = [[0, 90], [2, 10]] }, { steps = [[0, 10], [2, 90]] }]');
    const divide = divider(scope);
    const { stealSeconds } = await replay(host, cycles, scope, (now) => oracle(divide(now, 2000)));
    expect(stealSeconds).toBe(0);
  });
});

describe('trueDemands', () => {
  test('the mean over the span, with its noise and without', () => {
    const host = stacked('{ steps = [[0, 20], [1, 60]] }\nnoise = 5');
    for (const { pcpu, pct, steadyPct } of trueDemands(host, 2e9)) {
      expect({ pcpu, steadyPct }).toEqual({ pcpu: 0, steadyPct: 40 });
      expect(Math.abs(pct - 40)).toBeLessThanOrEqual(5);
      expect(pct).not.toBe(40);
    }
  });

  test('those that do not run want nothing', () => {
    const host = hostOf(
      'pcpus = 1\n[[domains]]\nname = "a"\nstate = "paused"\ndemand = 9\n[[domains]]\nname = "b"\nstart = 5\ndemand = 9\n[[domains]]\nname = "c"\nvcpus = "0"\nmax-vcpus = 3\ndemand = 9\n',
    );
    expect(trueDemands(host, 1e9)).toHaveLength(1);
  });
});
