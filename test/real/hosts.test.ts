import { afterAll, beforeAll, expect, test } from 'vitest';
import { singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { startVcpusched, vcpusched } from './support/program.ts';
import { until } from './support/until.ts';

let well: PrivateHost;
let hanging: PrivateHost;
let refusing: PrivateHost;
beforeAll(async () => {
  [well, hanging, refusing] = [await startHost(), await startHost(), await startHost()];
});
afterAll(() => Promise.all([well, hanging, refusing].map((host) => host?.stop())));

const connections = () => [well, hanging, refusing].flatMap(({ uri }) => ['-c', uri]);
const affinities = async (uuids: readonly string[]) => {
  const said = await Promise.all(uuids.map((uuid) => well.virsh('vcpupin', uuid, '0')));
  return said.map((text) => /^ 0 +(\S+)$/m.exec(text)?.[1]).toSorted();
};

test('of three libvirtds one hangs and one refuses: the third is balanced long before the first is given up', async () => {
  const guests = await startGuests(well, singles(Array(4).fill(12)));
  const uuids = guests.map(({ uuid }) => uuid);
  await hanging.signalDaemon('STOP');
  await refusing.signalDaemon('KILL');
  const once = startVcpusched(well, ['once', ...connections(), '--cpus', '1', '--timeout', '120']);
  await until('the third is told', 60_000, async () => /^pinned 4 vCPUs: /m.test(once.stdout()));
  expect(await affinities(uuids)).toEqual(Array(4).fill('1'));
  expect(once.stderr()).toMatch(/^vcpusched: qemu\S+: cannot reach libvirt: /);
  const { status } = await once.end();
  expect(status).toBe(143);
});

test('status and plan tell of each, and the whole fails', async () => {
  for (const command of ['status', 'plan']) {
    const { status, stdout, stderr } = await vcpusched(well, [command, ...connections(), '--timeout', '3']);
    expect(status).toBe(1);
    expect(stdout.split('\n')[0]).toBe(`${well.uri}:`);
    expect(stderr.split('\n').toSorted()).toEqual([
      expect.stringMatching(/^vcpusched: \S+: (cannot reach libvirt|virsh did not answer within 3 s)/),
      expect.stringMatching(/^vcpusched: \S+: (cannot reach libvirt|virsh did not answer within 3 s)/),
    ]);
  }
});

test('watch goes on with the others, and takes each in when it is there', async () => {
  const watch = startVcpusched(well, ['watch', '1', ...connections(), '--timeout', '2']);
  await until('it watches one', 30_000, async () => watch.stderr().includes(`${well.uri}: watching`));
  await hanging.signalDaemon('CONT');
  await refusing.startDaemon();
  for (const { uri } of [hanging, refusing])
    await until(`it watches ${uri}`, 60_000, async () => watch.stderr().includes(`${uri}: watching`));
  expect((await watch.end()).status).toBe(0);
});
