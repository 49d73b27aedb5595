import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { control } from '../support/any-text.ts';
import { sim } from '../support/sim.ts';

const odd = [
  `it's "quoted"`,
  '  spaces  within',
  '; touch x',
  '-x',
  '--all',
  '$(touch x)',
  'csi\u009b31mred',
  '日本\u202eabc',
];

function domain(name: string, affinity: number, demand: number, id?: number): string {
  const fixed = id === undefined ? '' : `id = ${id}\n`;
  return `[[domains]]\nname = ${JSON.stringify(name)}\naffinity = ${affinity}\ndemand = ${demand}\n${fixed}`;
}

describe.concurrent('domains with odd names', () => {
  const oddHost = (pcpus = 2) => sim(`pcpus = ${pcpus}\n${odd.map((name) => domain(name, 0, 20)).join('')}`);
  const window = ['--window', '0.4'];

  test.each([
    [['status']],
    [['status', '--json']],
    [['plan']],
    [['plan', '--format', 'shell']],
    [['once', '--dry-run', '--json']],
    [['once', '-v']],
  ])('%j shows them all, and gives the terminal no control character', async (args) => {
    // So many pCPUs that all but one are moved: a plan names what it moves.
    const host = await oddHost(odd.length);
    const { status, stdout, stderr } = await host.vcpusched([...args, ...window]);
    expect(status).toBe(0);
    expect(`${stdout}${stderr}`.replaceAll('\n', '')).not.toMatch(control);
    expect(`${stdout}${stderr}`).toMatch(
      args.includes('--json') ? /csi\\u009b31mred|quoted/ : /csi\\u\{9b\}31mred|quoted/,
    );
  });

  test('are pinned like all others', async () => {
    const host = await oddHost();
    await host.vcpusched(['once', ...window]);
    const affinities = await host.affinities();
    expect(affinities.map((line) => line.replace(/\/0 \d$/, '')).sort()).toEqual([...odd].sort());
    expect(affinities.filter((line) => line.endsWith('/0 1'))).toHaveLength(4);
  });
});

test.concurrent('names that look like options, globs and numbers choose domains as text', async () => {
  const host = await sim(`pcpus = 2\n${['-x', '007', '7'].map((name) => domain(name, 0, 30)).join('')}`);
  const { stdout } = await host.vcpusched([
    'status',
    '--json',
    '--domain=-x',
    '--domain',
    '007',
    '--window',
    '0.2',
  ]);
  expect(JSON.parse(stdout)).toMatchObject({
    leftAlone: [{ domain: { name: '7' }, reason: 'not chosen by --domain' }],
  });
});

test.concurrent.each(['once', 'plan --format shell'])(
  '%s pins the domain named 3, not the one with id 3',
  async (line) => {
    const host = await sim(
      `pcpus = 2\n${domain('other', 0, 70, 3)}${domain('3', 0, 30, 8)}${domain('x', 1, 5, 9)}`,
    );
    expect(await host.virsh('domname', '3')).toContain('other');
    const { stdout } = await host.vcpusched([...line.split(' '), '--domain', '3', '--window', '0.4']);
    if (line !== 'once') await execa('sh', { input: stdout });
    expect(new Set(await host.affinities())).toEqual(new Set(['other/0 0', '3/0 1', 'x/0 1']));
  },
);
