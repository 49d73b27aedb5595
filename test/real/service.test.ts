import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { removeGuests, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { startVcpusched } from './support/program.ts';
import { quiet } from './support/quiet.ts';
import { pinned, truth } from './support/truth.ts';
import { until } from './support/until.ts';

/** How long the daemon is away or stopped; longer by hand. */
const awayMs = 1000 * Number(process.env['AWAY_SECONDS'] ?? 8);

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
beforeEach(quiet);
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

const even = { '0': 2, '1': 2 };
const isEven = async () => {
  const now = pinned(await truth());
  return now['0'] === 2 && now['1'] === 2;
};

test('libvirtd is killed and started, then stopped and continued: no wrong pin, and the work goes on', async () => {
  const guests = await startGuests(host, singles(Array(4).fill(12)));
  const watch = startVcpusched(host, ['watch', '2', '--timeout', '5', '--foreign', 'adopt']);
  await until('it is balanced', 30_000, isEven);

  const away = {
    killed: { begin: () => host.signalDaemon('KILL'), end: () => host.startDaemon() },
    stopped: { begin: () => host.signalDaemon('STOP'), end: () => host.signalDaemon('CONT') },
  };
  for (const { begin, end } of Object.values(away)) {
    await begin();
    await sleep(awayMs);
    expect(pinned(await truth()), 'nothing moves meanwhile').toEqual(even);
    await end();
    await until('it says that libvirt is back', 60_000, async () => / back after .+\n$/.test(watch.stderr()));
    // There is something to do again, at once.
    await host.virsh(guests.map(({ uuid }) => `vcpupin ${uuid} 0 0 --live`).join('; '));
    const logged = watch.stderr().length;
    await until('it is balanced again', 30_000, isEven);
    await until('that is told', 10_000, async () => watch.stderr().slice(logged).includes('pinned 2 vCPUs'));
  }

  const { status, stdout, stderr } = await watch.end();
  expect([status, stdout]).toEqual([0, '']);
  const lines = stderr.trim().split('\n');
  process.stdout.write(`${stderr}\n`);
  const failures = lines.filter((line) => line.startsWith('vcpusched: '));
  expect(failures, 'one for each outage').toEqual([
    expect.stringMatching(/cannot reach libvirt/),
    expect.stringMatching(/within 5 s|cannot reach libvirt/),
  ]);
  expect(lines.filter((line) => line.startsWith('libvirt is back after'))).toHaveLength(2);
});
