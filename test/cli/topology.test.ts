import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sim } from '../support/sim.ts';

/** pCPUs 0-15 and 32-47 are cell 0, 16-31 and 48-63 cell 1; 32 is the second thread of 0, and so on. */
const big = '[topology]\ncells = 2\ndies = 2\ncores = 8\nthreads = 2\n';
const small = '[topology]\ncells = 2\ncores = 2\n';
const group = (name: string, count: number, affinity: string, demand: number, more = '') =>
  `[[domains]]\nname = "${name}-%d"\ncount = ${count}\naffinity = ${affinity}\ndemand = ${demand}\n${more}`;

/** The first pCPU of each vCPU, by the beginning of its domain's name. */
function placesOf(affinities: readonly string[], name: string): readonly number[] {
  const mine = affinities.filter((line) => line.startsWith(name));
  return mine.map((line) => Number(/ (\d+)/.exec(line)?.[1]));
}

const coreOf = (pcpu: number) => pcpu % 32;
const cellOf = (pcpu: number) => (pcpu >> 4) % 2;
const once = ['once', '--window', '0.5'];

describe.concurrent('two cells of two dies of eight cores of two threads', () => {
  test('eight busy vCPUs that share four cores get a core each; a floating domain stays together', async () => {
    const host = await sim(readFileSync('fixtures/scenarios/eight-busy-on-two-cells.toml', 'utf8'));
    expect(await host.vcpusched(once)).toMatchObject({ status: 0, stderr: '' });
    const affinities = await host.affinities();
    const [busy, wide] = [placesOf(affinities, 'busy'), placesOf(affinities, 'wide')];
    expect(new Set([...busy, ...wide].map(coreOf)).size).toBe(12);
    expect(busy.map(cellOf)).toEqual(Array(8).fill(0));
    expect(new Set(wide.map(cellOf)).size).toBe(1);
    expect(placesOf(affinities, 'quiet').map(cellOf)).toEqual(Array(16).fill(1));
    expect(await host.vcpusched(once)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test.each(['core', 'die', 'cell'])('--granularity %s: pins to all of one, and then rests', async (unit) => {
    const host = await sim(`${big}${group('busy', 12, '0', 80)}`);
    const options = [...once, '--granularity', unit];
    expect(await host.vcpusched(options)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^pinned 12 vCPUs: /),
    });
    // Stacked on one pCPU they could not show what they want: dies are evened out by the second run.
    await host.vcpusched(options);
    const sizes = (await host.affinities()).map((line) => line.split(' ').at(-1));
    const wide = { core: /^\d+,\d+$/, die: /^\d+-\d+,\d+-\d+$/, cell: /^0-15,32-47$/ }[unit];
    for (const size of sizes) expect(size).toMatch(wide ?? /nothing/);
    expect(await host.vcpusched(options)).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe.concurrent('a cell of two pCPUs that starves beside an empty one', () => {
  const starving = `${small}${group('guest', 3, '"in-turn:0-1"', 90)}`;
  const cells = async (numa: string, scenario = starving) => {
    const host = await sim(scenario);
    const { stdout, stderr } = await host.vcpusched(['once', '--window', '1', '--verbose', '--numa', numa]);
    return { stdout, stderr, pcpus: placesOf(await host.affinities(), 'guest') };
  };

  test('prefer: one vCPU goes, as the cell demands', async () => {
    const { stderr, pcpus } = await cells('prefer');
    expect(pcpus.filter((pcpu) => pcpu >= 2)).toHaveLength(1);
    expect(stderr).toMatch(/cell 0 wants 2\d\d % of its 200 %; cell 1 has room/);
  });

  test('strict: none goes', async () => {
    const { stdout, pcpus } = await cells('strict');
    expect(pcpus.filter((pcpu) => pcpu >= 2)).toEqual([]);
    expect(stdout).toMatch(/^nothing moved: /);
  });

  test('prefer: none goes where the cell can serve its own', async () => {
    const { pcpus } = await cells('prefer', `${small}${group('guest', 4, '0', 45)}`);
    expect(pcpus.map((pcpu) => pcpu >> 1)).toEqual([0, 0, 0, 0]);
    expect(new Set(pcpus).size).toBe(2);
  });

  test('ignore: they are spread over all', async () => {
    const { pcpus } = await cells('ignore', `${small}${group('guest', 4, '0', 45)}`);
    expect(new Set(pcpus).size).toBe(4);
  });
});
