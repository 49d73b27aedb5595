import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { removeGuests, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { quiet } from './support/quiet.ts';
import { pinned, truth } from './support/truth.ts';
import { until } from './support/until.ts';
import { type Envelope, startWatch } from './support/watching.ts';

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
beforeEach(quiet);
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

const told = (cycle: Envelope | undefined, uuid: string | undefined) =>
  cycle?.vcpus.filter(({ domain }) => domain.uuid === uuid) ?? [];

test('guests that start, stop, restart and pause while watch runs: no failure, no stale state', async () => {
  const specs = singles(Array(6).fill(10), (i) => `${i % 2}`).map((spec) => ({
    ...spec,
    persistent: true,
    maxVcpus: 2,
  }));
  const [first, stopped, restarted, paused, plugged] = await startGuests(host, specs);
  const watching = startWatch(host, 1);
  const [before] = await watching.next(1);
  expect(before?.vcpus).toHaveLength(6);

  await host.virsh('destroy', stopped?.uuid ?? '');
  await host.virsh('suspend', paused?.uuid ?? '');
  await host.virsh(`destroy ${restarted?.uuid}; start ${restarted?.uuid}`);
  await host.virsh('setvcpus', plugged?.uuid ?? '', '2', '--live');
  const [started] = await startGuests(host, [{ name: 'started', vcpus: [{ duty: 10 }], pins: ['1'] }]);
  const changed = (await watching.next(4)).at(-1);
  expect(told(changed, first?.uuid)).toHaveLength(1);
  expect(told(changed, stopped?.uuid)).toEqual([]);
  expect(told(changed, paused?.uuid)).toEqual([]);
  expect(changed?.leftAlone.map(({ domain }) => domain.uuid)).toContain(paused?.uuid);
  expect(told(changed, restarted?.uuid)).toMatchObject([{ reading: 'measured' }]);
  expect(told(changed, started?.uuid)).toMatchObject([{ reading: 'measured' }]);
  expect(told(changed, plugged?.uuid)).toMatchObject([{ vcpu: 0 }, { vcpu: 1 }]);

  await host.virsh('resume', paused?.uuid ?? '');
  await host.virsh('start', stopped?.uuid ?? '');
  const last = (await watching.next(4)).at(-1);
  expect(told(last, paused?.uuid)).toMatchObject([{ reading: 'measured' }]);
  expect(told(last, stopped?.uuid)).toMatchObject([{ reading: 'measured' }]);

  for (const { vcpus } of watching.cycles()) {
    for (const { usagePct = 0, demandPct = 0 } of vcpus) {
      expect(usagePct).toBeGreaterThanOrEqual(0);
      expect(usagePct).toBeLessThanOrEqual(100);
      expect(demandPct).toBeLessThanOrEqual(100);
    }
  }
  expect(await watching.end()).toMatchObject({ status: 0, stderr: '' });
});

test('a guest that comes back from a restart with its old pin is balanced anew', async () => {
  await startGuests(
    host,
    singles([16, 16, 16, 16]).map((spec) => ({ ...spec, persistent: true })),
  );
  const watching = startWatch(host, 1);
  const even = async (): Promise<boolean> => JSON.stringify(pinned(await truth())) === '{"0":2,"1":2}';
  await until('two on each side', 20_000, even);

  const moved = (await truth()).find(({ affinity }) => affinity.join() === '1')?.uuid ?? '';
  await host.virsh(`destroy ${moved}; start ${moved}; vcpupin ${moved} 0 0 --live`);
  expect(pinned(await truth())).toEqual({ '0': 3, '1': 1 });
  await until('two on each side again', 20_000, even);
  expect(await watching.end()).toMatchObject({ status: 0, stderr: '' });
});
