import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Guest, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { vcpusched } from './support/program.ts';
import { pinned, truth } from './support/truth.ts';
import type { Envelope } from './support/watching.ts';

// Each command once, one after the other. on-debian.sh runs this with other versions of libvirt, virsh and QEMU.
// The guests have names of their own: libvirt names cgroups by them, and a host beside this one would share those.

let host: PrivateHost;
let guests: readonly Guest[];
beforeAll(async () => {
  host = await startHost();
  guests = await startGuests(
    host,
    singles([24, 24, 16]).map((spec, i) => ({ ...spec, name: `every-${i}` })),
  );
});
afterAll(() => host.stop());

/** Away from pCPU 0, where all are, however busy this machine is besides. */
const elsewhere = ['--cpus', '1'];

/** How many of our vCPUs may run on each set of pCPUs. */
async function places(): Promise<Readonly<Record<string, number>>> {
  const uuids = guests.map(({ uuid }) => uuid);
  return pinned((await truth()).filter(({ uuid }) => uuids.includes(uuid)));
}

test('doctor finds no fault', async () => {
  const { status, stdout, stderr } = await vcpusched(host, ['doctor', '--json']);
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
});

test('status shows all guests, with usage', async () => {
  const { status, stdout, stderr } = await vcpusched(host, ['status', '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { vcpus } = JSON.parse(stdout) as Envelope;
  expect(vcpus.map(({ domain }) => domain.uuid).sort()).toEqual(guests.map(({ uuid }) => uuid).sort());
  for (const { usagePct } of vcpus) expect(usagePct).toBeGreaterThan(0);
});

test('explain says why one of them moves or stays', async () => {
  const { status, stdout, stderr } = await vcpusched(host, ['explain', 'every-0']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('every-0');
});

test('plan moves one, and pins none', async () => {
  const { status, stdout, stderr } = await vcpusched(host, ['plan', '--json', ...elsewhere]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect((JSON.parse(stdout) as Envelope).moves.length).toBeGreaterThan(0);
  expect(await places()).toEqual({ '0': 3 });
});

test('once pins, and restore --last takes it back', async () => {
  expect(await vcpusched(host, ['once', ...elsewhere])).toMatchObject({ status: 0, stderr: '' });
  expect(await places()).toMatchObject({ '1': expect.any(Number) });
  expect(await vcpusched(host, ['history', '--json'])).toMatchObject({ status: 0, stderr: '' });
  expect(await vcpusched(host, ['restore', '--last'])).toMatchObject({ status: 0, stderr: '' });
  expect(await places()).toEqual({ '0': 3 });
});

test('watch pins, and restore brings every affinity back', async () => {
  const { status, stderr } = await vcpusched(host, ['watch', '2s', '--cycles', '4', ...elsewhere]);
  expect(status, stderr).toBe(0);
  expect(await places()).toMatchObject({ '1': expect.any(Number) });
  expect(await vcpusched(host, ['restore'])).toMatchObject({ status: 0, stderr: '' });
  expect(await places()).toEqual({ '0': 3 });
});

test('record writes samples that simulate and report can read', async () => {
  const file = join(host.directory, 'recording.ndjson');
  expect(await vcpusched(host, ['record', file, '--every', '2s', '--for', '7s'])).toMatchObject({
    status: 0,
  });
  expect((await stat(file)).size).toBeGreaterThan(1000);
  expect(await vcpusched(host, ['report', file])).toMatchObject({ status: 0, stderr: '' });
  expect(await vcpusched(host, ['simulate', file])).toMatchObject({ status: 0, stderr: '' });
});
