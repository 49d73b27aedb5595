import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { type Sim, sim, vcpusched } from '../support/sim.ts';

type Plan = {
  readonly moves: readonly { readonly domain: { readonly name: string }; readonly to: string }[];
  readonly leftAlone: readonly { readonly domain: { readonly name: string }; readonly reason: string }[];
  readonly vcpus: readonly {
    readonly domain: { readonly name: string };
    readonly vcpu: number;
    readonly allowed: string;
    readonly limits: string | null;
  }[];
};

const domain = (name: string, keys: string, demand = 40) =>
  `[[domains]]\nname = "${name}"\naffinity = 0\ndemand = ${demand}\n${keys}\n`;
const window = ['--window', '0.5'];
const run = async (host: Sim, ...args: readonly string[]): Promise<Plan> =>
  JSON.parse((await host.vcpusched([...args, '--json', ...window])).stdout);
const allowed = ({ vcpus }: Plan) =>
  Object.fromEntries(
    vcpus.map(({ domain: { name }, vcpu, ...each }) => [`${name}/${vcpu}`, [each.allowed, each.limits]]),
  );
const reasons = ({ leftAlone }: Plan) =>
  Object.fromEntries(leftAlone.map(({ domain: { name }, reason }) => [name, reason]));

/** Eight pCPUs in two cells, 0-3 and 4-7. */
const cells = '[topology]\ncells = 2\ncores = 4\n';

describe.concurrent('what may move where', () => {
  test('each word is heard, and once moves nothing out of it', async () => {
    const host = await sim(
      [
        cells,
        domain('free', ''),
        domain('cpuset', 'cpuset = "0-1"'),
        domain('pinned', 'vcpus = 2\nvcpupin = ["0-1", "all"]\ncpuset = "0-2"'),
        domain('passing', 'cpuset = "0-1"\nvcpupin = 0\ntransient = true'),
        domain('near', 'numatune = { nodeset = "0" }'),
        domain('restricted', 'numatune = { mode = "restrictive", nodeset = "0" }'),
        domain('hinted', 'numatune = { mode = "preferred", nodeset = "0" }'),
        domain('says', 'metadata = { cpus = "1,3", priority = 3 }'),
        domain('unmanaged', 'metadata = { managed = "no" }'),
      ].join(''),
    );
    const plan = await run(host, 'plan', '--numa', 'ignore');
    expect(allowed(plan)).toEqual({
      'free/0': ['0-7', null],
      'cpuset/0': ['0-1', '0-1 (its <vcpu cpuset>)'],
      'pinned/0': ['0-1', '0-1 (its <vcpupin>)'],
      'pinned/1': ['0-2', '0-2 (its <vcpu cpuset>)'],
      'passing/0': ['0-1', '0-1 (its <vcpu cpuset>)'],
      'near/0': ['0-3', '0-3 (its <numatune>)'],
      'restricted/0': ['0-3', '0-3 (its <numatune>)'],
      'hinted/0': ['0-7', null],
      'says/0': ['1,3', '1,3 (its metadata)'],
      'unmanaged/0': ['0-7', null],
    });
    expect(reasons(plan)).toEqual({ unmanaged: "its metadata says managed='no'" });

    expect((await host.vcpusched(['once', '--numa', 'ignore', ...window])).status).toBe(0);
    const places = Object.fromEntries(
      (await host.affinities()).map((line) => line.split(' ') as [string, string]),
    );
    expect(places).toMatchObject({ 'unmanaged/0': '0' });
    const inside: readonly (readonly [string, RegExp])[] = [
      ['cpuset/0', /^[01]$/],
      ['pinned/0', /^[01]$/],
      ['pinned/1', /^[0-2]$/],
      ['passing/0', /^[01]$/],
      ['near/0', /^[0-3]$/],
      ['restricted/0', /^[0-3]$/],
      ['says/0', /^[13]$/],
    ];
    for (const [vcpu, place] of inside)
      expect(`${vcpu} ${places[vcpu]}`).toMatch(new RegExp(`^${vcpu} ${place.source.slice(1)}`));
    expect([...Object.values(places)].filter((place) => place === '0').length).toBeLessThan(5);
  });

  test('a live pin beyond the configuration is brought in, with the reason', async () => {
    const host = await sim(`pcpus = 4\n${domain('web', 'cpuset = "2-3"')}`);
    const { stdout } = await host.vcpusched(['plan', ...window]);
    expect(stdout).toMatch(
      /web +0 +\d+ % +0 +[23] +place: may not stay on 0, only on 2-3 \(its <vcpu cpuset>\); pCPU [23] /,
    );
  });

  test('what contradicts itself is left alone, and says why', async () => {
    const host = await sim(
      `pcpus = 4\n${domain('split', 'vcpus = 2\nvcpupin = ["3", "all"]\nmetadata = { cpus = "0-1" }')}${domain('web', '')}`,
    );
    const { stdout } = await host.vcpusched(['status', ...window]);
    expect(stdout).toContain(
      'left alone: split vCPU 0: no pCPU in use is among those that it may have: 3 (its <vcpupin>), 0-1 (its metadata)\n',
    );
  });

  test('metadata set by virsh, understood or not', async () => {
    const host = await sim(`pcpus = 4\n${domain('web', '')}${domain('db', '')}`);
    const set = (name: string, element: string) =>
      host.virsh('metadata', name, 'urn:vcpusched:domain', '--key', 'vcpusched', '--set', element, '--live');
    await set('web', "<domain managed='no'/>");
    await set('db', "<domain cpus='0-x'/>");
    const plan = await run(host, 'plan');
    expect(plan.moves).toEqual([]);
    expect(reasons(plan)).toEqual({
      web: "its metadata says managed='no'",
      db: "its metadata cannot be understood: cpus='0-x'",
    });
    await host.virsh('metadata', 'web', 'urn:vcpusched:domain', '--remove');
    expect(reasons(await run(host, 'plan'))).not.toHaveProperty('web');
  });

  test('a change of the configuration counts in the next run', async () => {
    const host = await sim(`pcpus = 2\n${domain('web', '', 60)}${domain('db', '', 60)}`);
    for (const name of ['web', 'db']) await host.virsh('vcpupin', name, '0', '0', '--config');
    expect((await run(host, 'plan')).moves).toEqual([]);
    await host.virsh('vcpupin', 'web', '0', '0-1', '--config');
    expect((await run(host, 'plan')).moves).toMatchObject([{ domain: { name: 'web' }, to: '1' }]);
  });

  test('simulate keeps to them too', async () => {
    const text = `pcpus = 2\nduration = 30\n${domain('web', 'vcpupin = 0', 80)}${domain('db', 'cpuset = "0"', 80)}`;
    const policies = 'threshold,lightest,spread,busiest,stddev';
    const file = join(temporaryDirectory(), 'bound.toml');
    writeFileSync(file, text);
    const { stdout, status } = await vcpusched(['simulate', file, '--policy', policies, '--json']);
    expect(status).toBe(0);
    const { results } = JSON.parse(stdout);
    expect(results.map(({ moves }: { readonly moves: number }) => moves)).toEqual([0, 0, 0, 0, 0]);
  });
});
