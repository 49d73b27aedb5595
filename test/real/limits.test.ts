import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type GuestSpec, removeGuests, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { type ProgramResult, vcpusched } from './support/program.ts';
import { truth } from './support/truth.ts';
import { type Envelope, startWatch } from './support/watching.ts';

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

const uri = 'urn:vcpusched:domain';
const oneVcpu = (name: string, over: Partial<GuestSpec>): GuestSpec => ({
  name,
  vcpus: [{ duty: 12 }],
  pins: ['0'],
  ...over,
});

/** By name, the pCPUs that the kernel lets vCPU 0 of each guest have. */
async function places(guests: readonly { readonly name: string; readonly uuid: string }[]) {
  const all = await truth();
  const of = (uuid: string) => all.find((each) => each.uuid === uuid)?.affinity.join();
  return Object.fromEntries(guests.map(({ name, uuid }) => [name, of(uuid)]));
}

const envelope = ({ stdout }: ProgramResult): Envelope => JSON.parse(stdout);
const reasons = ({ leftAlone }: Envelope) => leftAlone.map(({ reason }) => reason);

test('watch evens out what it may, and never takes a vCPU from where its own word keeps it', async () => {
  const bound = await startGuests(host, [
    oneVcpu('persistent-cpuset', { persistent: true, cpuset: '0' }),
    oneVcpu('persistent-vcpupin', { persistent: true, configuredPins: ['0'] }),
    oneVcpu('transient-cpuset', { cpuset: '0' }),
    oneVcpu('metadata-cpus', {}),
    oneVcpu('unmanaged', { persistent: true }),
  ]);
  const free = await startGuests(host, [
    oneVcpu('free-1', {}),
    oneVcpu('free-2', { persistent: true }),
    oneVcpu('hinted', { more: "<numatune><memory mode='preferred' nodeset='0'/></numatune>" }),
    oneVcpu('near', { more: "<numatune><memory mode='strict' nodeset='0'/></numatune>" }),
  ]);
  const set = async (name: string, attributes: string, ...where: readonly string[]) => {
    const uuid = bound.find((each) => each.name === name)?.uuid ?? '';
    await host.virsh(
      'metadata',
      uuid,
      uri,
      '--key',
      'vcpusched',
      '--set',
      `<domain ${attributes}/>`,
      ...where,
    );
  };
  await set('metadata-cpus', "cpus='0'");
  await set('unmanaged', "managed='no'", '--live', '--config');

  const allOnZero = Object.fromEntries(bound.map(({ name }) => [name, '0']));
  const watching = startWatch(host, 1);
  const moved = new Set<string>();
  for (let cycle = 0; cycle < 8; cycle++) {
    await watching.next(1);
    expect(await places(bound)).toEqual(allOnZero);
    for (const [name, place] of Object.entries(await places(free))) if (place === '1') moved.add(name);
  }
  expect(moved.size).toBeGreaterThan(1);
  expect(reasons(watching.cycles().at(-1) as Envelope)).toContain("its metadata says managed='no'");
  expect(await watching.end()).toMatchObject({ status: 0, stderr: '' });
});

test('once takes a vCPU back to where its configuration has it', async () => {
  const guests = await startGuests(host, [
    oneVcpu('cpuset', { persistent: true, cpuset: '1' }),
    oneVcpu('vcpupin', { persistent: true, configuredPins: ['1'] }),
  ]);
  expect(await places(guests)).toEqual({ cpuset: '0', vcpupin: '0' });
  expect(await vcpusched(host, ['once'])).toMatchObject({ status: 0, stderr: '' });
  expect(await places(guests)).toEqual({ cpuset: '1', vcpupin: '1' });
});

test('a configuration that contradicts itself, and metadata that cannot be understood: left alone, with the reason', async () => {
  const guests = await startGuests(host, [
    oneVcpu('contradicts', { persistent: true, configuredPins: ['1'] }),
    oneVcpu('misspelt', {}),
  ]);
  const set = (i: number, element: string) =>
    host.virsh('metadata', guests[i]?.uuid ?? '', uri, '--key', 'any', '--set', element);
  await set(0, "<domain cpus='0'/>");
  await set(1, "<domain mananged='no'/>");
  const told = envelope(await vcpusched(host, ['once', '--json']));
  expect(told.moves).toEqual([]);
  expect(reasons(told).sort()).toEqual([
    'its metadata cannot be understood: the attribute mananged is not known',
    'no pCPU in use is among those that it may have: 1 (its <vcpupin>), 0 (its metadata)',
  ]);
  expect(await places(guests)).toEqual({ contradicts: '0', misspelt: '0' });
});

test('an isolated pCPU is left out, unless --cpus names it', async () => {
  const guests = await startGuests(host, singles([16, 16, 16, 16]));
  const isolated = join(host.directory, 'isolated');
  await writeFile(isolated, '1\n');
  const over = { hide: { [isolated]: '/sys/devices/system/cpu/isolated' } };
  const told = envelope(await vcpusched(host, ['once', '--json'], {}, over));
  expect(told.moves).toEqual([]);
  expect(new Set(Object.values(await places(guests)))).toEqual(new Set(['0']));

  await vcpusched(host, ['once', '--cpus', '0-1'], {}, over);
  expect(new Set(Object.values(await places(guests)))).toEqual(new Set(['0', '1']));

  // Put there by hand, the two stay, whatever comes.
  expect(envelope(await vcpusched(host, ['once', '--json'], {}, over))).toMatchObject({ moves: [] });
  const stay = reasons(envelope(await vcpusched(host, ['plan', '--json'], {}, over)));
  expect(stay).toContain('it is pinned to isolated pCPUs, 1');
});
