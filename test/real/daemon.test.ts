import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { removeGuests, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { vcpusched } from './support/program.ts';
import { pinned, truth } from './support/truth.ts';
import { until } from './support/until.ts';
import { virshOfNobody, virshWrapper } from './support/virsh-wrapper.ts';
import { startWatch } from './support/watching.ts';

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

const startStack = () => startGuests(host, singles([16, 16, 16, 16]));

test('no daemon: 69, and one line that says what to look at', async () => {
  const uri = 'qemu+unix:///system?socket=/nonexistent/libvirt-sock';
  const result = await vcpusched(host, ['once', '-c', uri]);
  expect(result).toMatchObject({ status: 69, stdout: '' });
  expect(result.stderr).toMatch(
    /^vcpusched: cannot reach libvirt: .*nonexistent.*No such file or directory.*$/,
  );
});

test('a user who may not connect: 77', async () => {
  const { path } = await virshWrapper(host, ':', virshOfNobody);
  for (const args of [['once'], ['watch', '1'], ['plan'], ['status']]) {
    const result = await vcpusched(host, [...args, '--virsh', path]);
    expect(result, args.join(' ')).toMatchObject({ status: 77, stdout: '' });
    expect(result.stderr).toMatch(/^vcpusched: not permitted to connect to libvirt: .*Permission denied.*$/);
  }
});

test('a user who may only read: once says so, ends with 77 and pins nothing', async () => {
  await startStack();
  const { path } = await virshWrapper(host, ':', virshOfNobody);
  const result = await vcpusched(host, ['once', '--virsh', path, '-c', `${host.uri}-ro`]);
  expect(result.status).toBe(77);
  expect(result.stderr).not.toBe('');
  expect(pinned(await truth())).toEqual({ '0': 4 });
});

test('a daemon that is killed and started again while watch runs: told, then on with it', async () => {
  await startStack();
  const watching = startWatch(host, 1);
  await watching.next(2);
  expect(pinned(await truth())).toEqual({ '0': 2, '1': 2 });

  await host.signalDaemon('KILL');
  await until('watch tells of it', 10_000, async () => /cannot reach libvirt/.test(watching.stderr()));
  expect(pinned(await truth()), 'the guests go on').toEqual({ '0': 2, '1': 2 });
  await host.startDaemon();
  const after = await watching.next(3);
  expect(after.flatMap(({ moves }) => moves)).toEqual([]);
  expect(after.at(-1)?.vcpus).toHaveLength(4);
  const { status, stderr } = await watching.end();
  expect(status).toBe(0);
  for (const line of stderr.trim().split('\n')) expect(line).toMatch(/cannot reach libvirt|virsh/);
});

test('a daemon that hangs: given up after --timeout, with 69', async () => {
  await host.signalDaemon('STOP');
  try {
    const result = await vcpusched(host, ['once', '--timeout', '2']);
    expect(result).toMatchObject({ status: 69, stderr: expect.stringContaining('within 2 s') });
  } finally {
    await host.signalDaemon('CONT');
  }
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends watch at once, with 0, at rest and in a sample',
  async (signal) => {
    // At rest it would go on for longer than it is given here to end.
    for (const seconds of [1000, 0.05]) {
      const watching = startWatch(host, seconds);
      await sleep(1000);
      expect(await watching.end(signal)).toMatchObject({ status: 0, stderr: '' });
    }
  },
);

test('SIGTERM while pins are being set: they are finished, and watch ends with 0', async () => {
  await startStack();
  const { path } = await virshWrapper(host, 'case "$*" in *vcpupin*) touch "$0.pinning"; sleep 2;; esac');
  const watching = startWatch(host, 1, '--virsh', path);
  await until('pins are being set', 20_000, () => exists(`${path}.pinning`));
  const { status, stdout } = await watching.end();
  expect(status).toBe(0);
  expect(stdout).toContain('"done":true');
  expect(pinned(await truth())).toEqual({ '0': 2, '1': 2 });
});

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
