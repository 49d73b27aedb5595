import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { removeGuests, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { vcpusched } from './support/program.ts';
import { measure, pinned, truth } from './support/truth.ts';
import { until } from './support/until.ts';
import { virshOfNobody, virshWrapper } from './support/virsh-wrapper.ts';
import type { Envelope } from './support/watching.ts';

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

/** Four guests of 25 % on pCPU 0: two have to go to pCPU 1. */
const startStack = () => startGuests(host, singles([16, 16, 16, 16]));

test('once pins two of four, says so in one line, and finds nothing to do afterwards', async () => {
  await startStack();
  const first = await vcpusched(host, ['once']);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toMatch(/^pinned 2 vCPUs: .+$/);
  expect(pinned(await truth())).toEqual({ '0': 2, '1': 2 });

  expect(await vcpusched(host, ['once'])).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(pinned(await truth())).toEqual({ '0': 2, '1': 2 });
});

test.each([
  ['once --dry-run', ['once', '--dry-run'], 0],
  ['plan', ['plan'], 0],
  ['plan --detailed-exitcode', ['plan', '--detailed-exitcode'], 2],
  ['plan --format shell', ['plan', '--format', 'shell'], 0],
  ['status', ['status'], 0],
])('%s pins nothing', async (_, args, status) => {
  await startStack();
  const result = await vcpusched(host, args);
  expect(result).toMatchObject({ status, stderr: '' });
  expect(result.stdout).toMatch(/guest-[0-3]/);
  expect(pinned(await truth())).toEqual({ '0': 4 });
});

test('plan --format shell is a script with the same effect as once', async () => {
  await startStack();
  const { stdout } = await vcpusched(host, ['-c', host.uri, 'plan', '--format', 'shell'], {
    LIBVIRT_DEFAULT_URI: '',
  });
  await execa('sh', [], { input: stdout });
  expect(pinned(await truth())).toEqual({ '0': 2, '1': 2 });
});

test('plan works for a user who may only read', async () => {
  await startStack();
  const { path, calls } = await virshWrapper(host, ':', virshOfNobody);
  const result = await vcpusched(host, ['-c', `${host.uri}-ro`, '--virsh', path, 'plan', '--json']);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect((JSON.parse(result.stdout) as Envelope).moves).toHaveLength(2);
  expect((await calls()).every((call) => call.startsWith('-r '))).toBe(true);
  expect(pinned(await truth())).toEqual({ '0': 4 });
});

test('status tells what the kernel tells', async () => {
  await startGuests(
    host,
    singles([16, 12, 8, 4], (i) => `${i % 2}`),
  );
  const [shares, { stdout }] = await Promise.all([
    measure(5000),
    vcpusched(host, ['status', '--json', '--window', '4']),
  ]);
  const told = (JSON.parse(stdout) as Envelope).vcpus;
  expect(told).toHaveLength(4);
  for (const { domain, usagePct = Number.NaN } of told) {
    const share = shares.find(({ uuid }) => uuid === domain.uuid);
    expect(usagePct, domain.name).toBeCloseTo(share?.usagePct ?? Number.NaN, -1);
  }
});

// Of guests that are in a state and have gone, libvirt would be asked in another process.
test('one virsh process a sample and one a set of moves, for eight domains', async () => {
  await startGuests(host, singles(Array(8).fill(12)));
  const { path, calls } = await virshWrapper(host);
  const nothingSaved = { VCPUSCHED_STATE_DIR: join(host.directory, 'no-state') };
  const once = await vcpusched(host, ['once', '--virsh', path], nothingSaved);
  expect(once).toMatchObject({ status: 0, stderr: '' });
  expect(await calls()).toHaveLength(3);
  expect((await calls()).filter((call) => call.includes('vcpupin'))).toHaveLength(1);
});

test('a German locale changes nothing', async () => {
  await startStack();
  const german = { LANGUAGE: 'de', LC_ALL: 'C.UTF-8', LANG: 'de_DE.UTF-8' };
  const { stdout } = await execa('virsh', ['-c', host.uri, 'list'], { env: german });
  expect(stdout, 'the translations are installed').toContain('Status');
  expect(await vcpusched(host, ['once'], german)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^pinned 2 vCPUs/),
    stderr: '',
  });
  expect(pinned(await truth())).toEqual({ '0': 2, '1': 2 });
});

test.each(['de', 'ja'])(
  'a daemon that speaks %s changes nothing but what it complains of',
  async (language) => {
    await startStack();
    await host.signalDaemon('KILL');
    const speaking = ['LC_ALL=C.UTF-8', `LANG=${language}`, `LANGUAGE=${language}`];
    await host.inside('env', ...speaking, 'libvirtd', '-d', '--pid-file', '/run/libvirt/libvirtd.pid');
    await until('the daemon answers', 30_000, () => host.virsh('list').then(Boolean, () => false));
    try {
      const refused = await execa('virsh', ['-c', host.uri, 'vcpupin', 'guest-0', '9', '0', '--live'], {
        env: { LC_ALL: 'C', LANGUAGE: '' },
        reject: false,
      });
      expect(refused.stderr, 'the daemon is translated').not.toContain('invalid argument');
      expect(refused.exitCode).toBe(1);
      expect(await vcpusched(host, ['once', '--cpus', '1'])).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^pinned 4 vCPUs/),
        stderr: '',
      });
      expect(pinned(await truth())).toEqual({ '1': 4 });
      expect(await vcpusched(host, ['restore'])).toMatchObject({ status: 0, stdout: 'restored 4 vCPUs' });
      expect(pinned(await truth())).toEqual({ '0': 4 });
      // What the daemon refuses it says in its own words, so the status may be 1 and not 77.
      const { path } = await virshWrapper(host, ':', virshOfNobody);
      const denied = await vcpusched(host, ['once', '--cpus', '1', '--virsh', path, '-c', `${host.uri}-ro`]);
      expect([1, 77]).toContain(denied.status);
      expect(denied.stderr).toContain('not pinned: ');
      expect(pinned(await truth())).toEqual({ '0': 4 });
    } finally {
      await host.signalDaemon('KILL');
      await host.startDaemon();
    }
  },
);

test('a domain named 3 beside one whose id is 3: the one that is meant is pinned', async () => {
  const names = ['a', 'b', 'c', '3', 'd'];
  const guests = await startGuests(
    host,
    singles([12, 12, 12, 12, 12]).map((spec, i) => ({ ...spec, name: names[i] ?? '' })),
  );
  const meant = guests.find(({ name }) => name === '3')?.uuid ?? '';
  expect(
    (await host.virsh('list', '--uuid', '--id'))
      .split('\n')
      .some((row) => row.includes(meant) && / 3 /.test(row)),
  ).toBe(false);
  expect(await vcpusched(host, ['once', '--domain', '3'])).toMatchObject({ status: 0, stderr: '' });
  for (const { uuid, affinity } of await truth()) expect(affinity).toEqual(uuid === meant ? [1] : [0]);
});

test('names of the odd kind: the plan shows no control character, and its script runs nothing but virsh', async () => {
  const names = [`it's "quoted"`, '; touch trapped; #', '--all', 'csi\u009b31mred $(touch trapped)'];
  await startGuests(
    host,
    singles([16, 16, 16, 16]).map((spec, i) => ({ ...spec, name: names[i] ?? '' })),
  );

  for (const args of [['plan'], ['status'], ['plan', '--json'], ['once', '--dry-run']]) {
    const { stdout, stderr } = await vcpusched(host, args);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout + stderr, args.join(' ')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
  const script = await vcpusched(host, ['plan', '--format', 'shell']);
  await execa('sh', [], {
    input: script.stdout,
    cwd: host.directory,
    env: { LIBVIRT_DEFAULT_URI: host.uri },
  });
  expect(pinned(await truth())).toEqual({ '0': 2, '1': 2 });
  await expect(access(join(host.directory, 'trapped'))).rejects.toThrow('ENOENT');
});

test('a guest that vanishes before it is pinned: exit 1, the other is done, and one more in its place', async () => {
  const guests = await startStack();
  const lastInBatch = `sed -n 's/.*vcpupin --domain \\([0-9a-f-]*\\).*/\\1/p'`;
  const destroy = `virsh -c '${host.uri}' destroy $(echo "$*" | ${lastInBatch}) > /dev/null`;
  // One alone: what is planned in its place stays.
  const done = join(host.directory, 'vanished');
  const { path } = await virshWrapper(
    host,
    `case "$*" in *vcpupin*) [ -e ${done} ] || { touch ${done}; ${destroy}; };; esac`,
  );
  const result = await vcpusched(host, ['once', '--virsh', path]);
  const left = await truth();
  const vanished = guests.filter(({ uuid }) => !left.some((each) => each.uuid === uuid));
  expect(vanished).toHaveLength(1);
  expect(pinned(left)).toEqual({ '0': 1, '1': 2 });
  expect(result).toMatchObject({ status: 1, stdout: expect.stringMatching(/^pinned 2 vCPUs, 1 failed: /) });
  expect(result.stderr).toContain(`not pinned: ${vanished[0]?.name} vCPU 0`);
});
