import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { removeGuests, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { vcpusched } from './support/program.ts';
import { pinned, truth } from './support/truth.ts';
import { virshOfNobody, virshWrapper } from './support/virsh-wrapper.ts';

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

type Check = { name: string; status: string; message: string; remedy: string | null };

async function checks(
  args: readonly string[] = [],
): Promise<{ status: number | undefined; of: Map<string, Check> }> {
  const { status, stdout, stderr } = await vcpusched(host, ['doctor', '--json', ...args]);
  expect(stderr).toBe('');
  const list = (JSON.parse(stdout) as { checks: Check[] }).checks;
  return { status, of: new Map(list.map((check) => [check.name, check])) };
}

describe('doctor', () => {
  test('on a host with guests: what it says is what this machine says; nothing is pinned', async () => {
    await startGuests(host, singles([4, 4]));
    const { status, of } = await checks();
    expect(status).toBe(0);
    expect(of.get('connection')).toMatchObject({ status: 'ok', message: host.uri });
    expect(of.get('rights')?.status).toBe('ok');
    expect(of.get('domains')?.message).toMatch(/^2 running domains/);
    expect(of.get('delay')?.status).toBe('ok');
    const online = (await readFile('/sys/devices/system/cpu/online', 'utf8')).trim();
    expect(of.get('topology')?.message).toContain(`(${online})`);
    expect([...of.values()].filter((check) => check.status === 'unknown')).toEqual([]);
    expect(of.get('numad')?.status).toBe('ok');
    expect(of.get('state')).toMatchObject({ status: 'ok' });
    expect(pinned(await truth())).toEqual({ '0': 2 });
  });

  test('no domain: whether delay is told is not known', async () => {
    expect((await checks()).of.get('delay')).toMatchObject({ status: 'unknown' });
  });

  test('a daemon that is down: 1, the connection is the fault', async () => {
    const { status, of } = await checks(['-c', 'qemu+unix:///system?socket=/nonexistent/libvirt-sock']);
    const faults = [...of.values()].filter((check) => check.status === 'fault').map(({ name }) => name);
    expect([status, faults]).toEqual([1, ['connection']]);
    expect(of.get('connection')?.message).toMatch(/^cannot reach libvirt: .*nonexistent/);
    expect(of.get('connection')?.remedy).toMatch(/daemon/);
  });

  test('the right to read alone: 1, with what to do', async () => {
    // Everybody may use the socket for reading; the other one is for root.
    const reading = `case "$1" in -r) export LIBVIRT_DEFAULT_URI='${host.uri}-ro';; esac`;
    const { path } = await virshWrapper(host, reading, virshOfNobody);
    const { status, of } = await checks(['--virsh', path]);
    const faults = [...of.values()].filter((check) => check.status === 'fault').map(({ name }) => name);
    expect([status, faults]).toEqual([1, ['rights']]);
    expect(of.get('rights')).toMatchObject({
      remedy: expect.stringMatching(
        /^run as root, or join the libvirt group; .* --connect qemu:\/\/\/system$/,
      ),
    });
  });
});

test('a rule of the configuration keeps a guest where it is', async () => {
  await startGuests(host, singles([16, 16, 16, 16]));
  const names = (await host.virsh('list', '--name')).split('\n').filter((name) => name !== '');
  const file = join(host.directory, 'config.toml');
  const rules = names.slice(0, 3).map((name) => `[[domain]]\nname = "${name}"\nmanaged = false\n`);
  await writeFile(file, rules.join(''));
  const { status, stderr } = await vcpusched(host, ['once', '--config', file, '--verbose']);
  expect([status, stderr]).toEqual([0, expect.stringContaining(`managed = false (${file}:1)`)]);
  expect(pinned(await truth())).toEqual({ '0': 3, '1': 1 });
});
