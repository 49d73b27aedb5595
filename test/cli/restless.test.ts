import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { domains, sim, vcpusched } from '../support/sim.ts';

type Result = {
  readonly input: string;
  readonly policy: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly moves: number;
};

async function resultsOf(...args: readonly string[]): Promise<readonly Result[]> {
  const { status, stdout, stderr } = await vcpusched(['simulate', '--json', ...args]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return (JSON.parse(stdout) as { readonly results: readonly Result[] }).results;
}

/** How many moves each run had made after so many cycles, by its input, policy and settings. */
async function movesAfter(cycles: number, ...args: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const results = await resultsOf('--cycles', `${cycles}`, ...args);
  return new Map(
    results.map(({ input, policy, settings, moves }) => [JSON.stringify([input, policy, settings]), moves]),
  );
}

const group = (name: string, demand: string, affinity: string, more = '') =>
  `[[domains]]\nname = "${name}"\ndemand = ${demand}\naffinity = ${affinity}\n${more}`;

/** Hosts whose vCPUs all want the same from beginning to end, give or take `noise` points. */
function constantHosts(noise: number): readonly string[] {
  const all = { count: (n: number) => `count = ${n}\nnoise = ${noise}\n` };
  const hosts = {
    stacked: `pcpus = 4\n${group('a-%d', '40', '0', all.count(8))}`,
    'around-the-band': `pcpus = 4\n${group('a-%d', '[44, 40, 40, 36]', '"in-turn:0-1"', all.count(4))}${group('b-%d', '[40, 40, 38, 42]', '"in-turn:2-3"', all.count(4))}`,
    'heavy-tailed': `pcpus = 4\n${group('a-%d', '[100, 60, 25, 10, 5, 3]', '"in-turn"', all.count(18))}`,
    full: `pcpus = 4\n${group('a-%d', '[70, 30, 45, 20, 65, 50]', '"in-turn"', all.count(12))}`,
    'pairs-that-fill': `pcpus = 8\n${group('a-%d', '50', '"in-turn"', all.count(11))}`,
    floating: `pcpus = 4\n${group('a-%d', '[60, 10, 30]', '"all"', `vcpus = 2\n${all.count(6)}`)}`,
  };
  const directory = temporaryDirectory();
  return Object.entries(hosts).map(([name, scenario]) => {
    const file = join(directory, `${name}.toml`);
    writeFileSync(file, scenario);
    return file;
  });
}

const bands = ['--sweep', 'high=90,98', '--sweep', 'low=60,70'];
const narrowBand = ['--high', '82', '--low', '78'];
const placings = ['--sweep', 'place=demand,spread,keep'];

describe('constant demand', () => {
  test.each([
    [0, '1', '2'],
    [3, '2', '2'],
    [3, '3', '30'],
  ])(
    'threshold moves nothing after its first plan: noise %i, seed %s, every %s s',
    async (noise, seed, interval) => {
      const hosts = constantHosts(noise);
      for (const sweep of [bands, placings]) {
        const args = [...hosts, '--seed', seed, '--interval', interval, ...sweep];
        expect(await movesAfter(100, ...args)).toEqual(await movesAfter(1, ...args));
      }
    },
  );

  test.each([
    [0, '1'],
    [3, '3'],
  ])(
    'threshold in a narrow band moves nothing after its first plan: noise %i, seed %s',
    async (noise, seed) => {
      const args = [...constantHosts(noise), '--seed', seed, ...narrowBand];
      expect(await movesAfter(100, ...args)).toEqual(await movesAfter(1, ...args));
    },
  );

  // A known fault: a host of heavy tails is evened out once more when its demands are better known, by two pins.
  test.fails('threshold in a narrow band moves nothing after its first plan: noise 3, seed 2', async () => {
    const args = [...constantHosts(3), '--seed', '2', ...narrowBand];
    expect(await movesAfter(100, ...args)).toEqual(await movesAfter(1, ...args));
  });

  test.each([
    ['threshold', ['--thresholds', 'absolute', ...placings]],
    ['lightest', ['--sweep', 'gap=5,40', ...placings]],
    ['busiest', ['--sweep', 'gap=5,40', ...placings]],
    ['stddev', ['--sweep', 'sigma=2,10', ...placings]],
    ['spread', placings],
  ])('%s, without noise, moves nothing once it has settled', async (policy, sweep) => {
    const args = [...constantHosts(0), '--policy', policy, ...sweep];
    expect(await movesAfter(60, ...args)).toEqual(await movesAfter(20, ...args));
  });
});

describe('an hour of bursts around the band', () => {
  const bursts = (rhythm: number) => {
    const file = join(temporaryDirectory(), 'bursts.toml');
    const wave = (i: number) =>
      `{ high = ${50 + 10 * (i % 3)}, low = 15, period = ${rhythm}, phase = ${(i * 0.37) % 1} }`;
    const list = Array.from({ length: 12 }, (_, i) => wave(i)).join(', ');
    const guests = group('a-%d', `[${list}]`, '"in-turn"', 'count = 12\nnoise = 3\n');
    writeFileSync(file, `pcpus = 4\nduration = 3600\n${guests}`);
    return [file, '--policy', 'all', '--interval', '5'];
  };

  test('no policy moves a vCPU more often than --max-rate', async () => {
    for (const { policy, settings, moves } of await resultsOf(...bursts(40), '--sweep', 'max-rate=5,30')) {
      const most = Number(settings['max-rate']) * 12;
      expect({ policy, most, isWithin: moves <= most }).toEqual({ policy, most, isWithin: true });
    }
  });

  test('none moves a vCPU twice within --cooldown', async () => {
    const results = await resultsOf(...bursts(120), '--cooldown', '600');
    expect(results.filter(({ moves }) => moves > 12 * 6)).toEqual([]);
    expect(results.some(({ moves }) => moves > 0)).toBe(true);
  });
});

test('once names a vCPU with the move that wears it out, and leaves it where it is from then on', async () => {
  const host = await sim(`pcpus = 2\n${domains(2, 60, 0)}`);
  const first = await host.vcpusched(['once', '--window', '0.3', '--max-rate', '1']);
  const [, moved = ''] =
    /^vcpusched: (guest-\d) vCPU 0 is left where it is for now: (.*)\n$/.exec(first.stderr) ?? [];
  expect(first.status).toBe(0);
  expect(first.stderr).toContain('it has moved as often within an hour as --max-rate 1 allows');
  const second = await host.vcpusched(['once', '--window', '0.3', '--max-rate', '1', '--json']);
  expect(JSON.parse(second.stdout)).toMatchObject({
    moves: [],
    leftAlone: [
      {
        domain: { name: moved },
        vcpu: 0,
        reason: 'it has moved as often within an hour as --max-rate 1 allows',
      },
    ],
  });
  expect(second.stderr).toBe('');
});
