import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { domains, sim, vcpusched } from '../support/sim.ts';

type Result = {
  readonly policy: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly moves: number;
};

async function resultsOf(...args: readonly string[]): Promise<readonly Result[]> {
  const { status, stdout, stderr } = await vcpusched(['simulate', '--json', ...args]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return (JSON.parse(stdout) as { readonly results: readonly Result[] }).results;
}

const group = (name: string, demand: string, affinity: string, more = '') =>
  `[[domains]]\nname = "${name}"\ndemand = ${demand}\naffinity = ${affinity}\n${more}`;

describe('an hour of bursts around the band', () => {
  const bursts = (rhythm: number) => {
    const file = join(temporaryDirectory(), 'bursts.toml');
    const wave = (i: number) =>
      `{ high = ${50 + 10 * (i % 3)}, low = 15, period = ${rhythm}, phase = ${(i * 0.37) % 1} }`;
    const list = Array.from({ length: 12 }, (_, i) => wave(i)).join(', ');
    const guests = group('a-%d', `[${list}]`, '"in-turn"', 'count = 12\nnoise = 3\n');
    writeFileSync(file, `pcpus = 4\nduration = 3600\n${guests}`);
    return [file, '--policy', 'all', '--interval', '10'];
  };

  test('no policy moves a vCPU more often than --max-rate', async () => {
    const results = await resultsOf(...bursts(40), '--sweep', 'max-rate=5,30');
    const mostOf = ({ settings }: Result) => Number(settings['max-rate']) * 12;
    expect(results.filter((each) => each.moves > mostOf(each))).toEqual([]);
    const lightest = results
      .filter(({ policy }) => policy === 'lightest')
      .sort((a, b) => mostOf(a) - mostOf(b));
    expect(lightest.map(({ moves }) => moves)).toEqual([expect.any(Number), expect.any(Number)]);
    expect(lightest[0]?.moves).toBeLessThan(lightest[1]?.moves ?? 0);
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
