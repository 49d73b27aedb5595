import { describe, expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { sweepSettings } from '../../src/config/sweep.ts';
import { runJob } from '../../src/session/run-job.ts';
import { hostOf } from '../simulate/support/host-of.ts';

const group = (name: string, demand: string, affinity: string, more = '') =>
  `[[domains]]\nname = "${name}"\ndemand = ${demand}\naffinity = ${affinity}\n${more}`;

/** Hosts whose vCPUs all want the same from beginning to end, give or take `noise` points. */
function constantHosts(noise: number): Readonly<Record<string, string>> {
  const all = (count: number) => `count = ${count}\nnoise = ${noise}\n`;
  return {
    stacked: `pcpus = 4\n${group('a-%d', '40', '0', all(8))}`,
    'around-the-band': `pcpus = 4\n${group('a-%d', '[44, 40, 40, 36]', '"in-turn:0-1"', all(4))}${group('b-%d', '[40, 40, 38, 42]', '"in-turn:2-3"', all(4))}`,
    'heavy-tailed': `pcpus = 4\n${group('a-%d', '[100, 60, 25, 10, 5, 3]', '"in-turn"', all(18))}`,
    full: `pcpus = 4\n${group('a-%d', '[70, 30, 45, 20, 65, 50]', '"in-turn"', all(12))}`,
    'pairs-that-fill': `pcpus = 8\n${group('a-%d', '50', '"in-turn"', all(11))}`,
    floating: `pcpus = 4\n${group('a-%d', '[60, 10, 30]', '"all"', `vcpus = 2\n${all(6)}`)}`,
  };
}

type Run = {
  readonly noise: number;
  readonly seed?: number;
  readonly interval?: number;
  readonly cycles: number;
  readonly raw: Parameters<typeof readSettings>[0];
};

/**
 * Steers each of the hosts with each of the settings; tells the runs that moved something in the cycles from one on.
 * The first cycle only gives the counters to start from.
 */
async function movedFrom(cycle: number, { noise, seed = 1, interval = 2, cycles, raw }: Run) {
  const late: string[] = [];
  let early = 0;
  for (const [name, scenario] of Object.entries(constantHosts(noise))) {
    for (const { settings, swept } of sweepSettings(readSettings(raw))) {
      const host = { ...hostOf(scenario), seed };
      const input = { name, host, seconds: cycles * interval };
      const count = { intervalMs: interval * 1000, count: cycles + 1 };
      const result = await runJob({ kind: 'policy', input, cycles: count, settings }, () => undefined);
      if (result.kind !== 'policy') throw new Error('a policy was to be run');
      const moves = result.history.cycles.map((each) => each.moves);
      const sum = (some: readonly number[]) => some.reduce((total, each) => total + each, 0);
      early += sum(moves.slice(0, cycle + 1));
      if (sum(moves.slice(cycle + 1)) > 0) late.push(`${name} ${JSON.stringify(swept)}`);
    }
  }
  expect(early).toBeGreaterThan(0);
  return late;
}

const bands = { sweep: ['high=90,98', 'low=60,70'] };
const placings = { sweep: ['place=demand,spread,keep'] };
const narrowBand = { high: '82', low: '78' };

describe('constant demand', () => {
  test.each([
    [0, 1, 2],
    [3, 2, 2],
    [3, 3, 30],
  ])(
    'threshold moves nothing after its first plan: noise %i, seed %i, every %i s',
    async (noise, seed, interval) => {
      for (const raw of [bands, placings])
        expect(await movedFrom(1, { noise, seed, interval, cycles: 100, raw })).toEqual([]);
    },
  );

  test.each([
    [0, 1],
    [3, 3],
  ])(
    'threshold in a narrow band moves nothing after its first plan: noise %i, seed %i',
    async (noise, seed) => {
      expect(await movedFrom(1, { noise, seed, cycles: 100, raw: narrowBand })).toEqual([]);
    },
  );

  // A known fault: a host of heavy tails is evened out once more when its demands are better known, by two pins.
  test.fails('threshold in a narrow band moves nothing after its first plan: noise 3, seed 2', async () => {
    expect(await movedFrom(1, { noise: 3, seed: 2, cycles: 100, raw: narrowBand })).toEqual([]);
  });

  test.each([
    ['threshold', { thresholds: 'absolute', ...placings }],
    ['lightest', { sweep: ['gap=5,40', ...placings.sweep] }],
    ['busiest', { sweep: ['gap=5,40', ...placings.sweep] }],
    ['stddev', { sweep: ['sigma=2,10', ...placings.sweep] }],
    ['spread', placings],
  ])('%s, without noise, moves nothing once it has settled', async (policy, raw) => {
    expect(await movedFrom(20, { noise: 0, cycles: 60, raw: { policy, ...raw } })).toEqual([]);
  });
});
