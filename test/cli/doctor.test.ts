import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { executable, temporaryDirectory } from '../support/executable.ts';
import { domains, type Sim, sim, until, vcpusched, virshSim } from '../support/sim.ts';

const lines = (stdout: string) => stdout.trimEnd().split('\n');
const line = (stdout: string, name: string) =>
  lines(stdout).find((each) => each.includes(`  ${name} `)) ?? '';
/** A host that is not this machine, whatever that has. */
const host = () => sim(`pcpus = 48\n${domains(2, 30, 0)}`);
const without = (text: string, { uri }: Sim) => text.replaceAll(uri, 'URI');

describe.concurrent('vcpusched doctor', () => {
  test('a line for each check; 0 where there is no fault; nothing is pinned', async () => {
    const on = await host();
    const before = await on.affinities();
    const { status, stdout, stderr } = await on.vcpusched(['doctor', '--verbose']);
    expect([status, stderr]).toEqual([0, '']);
    expect(lines(stdout).map((each) => each.split(/ {2,}/).slice(0, 2))).toEqual([
      ['ok', 'configuration'],
      ['ok', 'virsh'],
      ['ok', 'connection'],
      ['ok', 'rights'],
      ['ok', 'domains'],
      ['ok', 'delay'],
      ['ok', 'topology'],
      ['not known', 'isolated'],
      ['not known', 'cgroup'],
      ['not known', 'schedstats'],
      ['ok', 'balancers'],
      ['not known', 'numad'],
      ['not known', 'irqbalance'],
      ['ok', 'state'],
      ['ok', 'clock'],
    ]);
    expect(without(line(stdout, 'connection'), on)).toMatch(/connection +URI$/);
    expect(await on.affinities()).toEqual(before);
    // --version reaches no host.
    expect(on.calls()).toHaveLength(5);
  });

  test('as JSON', async () => {
    const on = await host();
    const { stdout } = await on.vcpusched(['doctor', '--json']);
    const { checks, ...envelope } = JSON.parse(stdout);
    expect(envelope).toEqual({
      formatVersion: 1,
      command: 'doctor',
      time: expect.stringMatching(/^\d{4}-/),
      connection: on.uri,
    });
    expect(checks[1]).toEqual({
      name: 'virsh',
      status: 'ok',
      message: 'virsh 9.0.0, libvirt 9.0.0',
      remedy: null,
    });
  });

  test('a quiet one tells warnings and faults alone', async () => {
    const on = await host();
    on.fault('nodelay');
    const { status, stdout } = await on.vcpusched(['doctor', '-q']);
    expect([status, stdout]).toEqual([
      0,
      'warning    delay  libvirt does not report how long vCPUs wait: those that starve look idle: ' +
        'update to libvirt 7.2 or later\n',
    ]);
  });

  test.each([
    [
      'no virsh',
      ['--virsh', '/nonexistent'],
      '',
      /^FAULT {6}virsh {2}virsh not found \(looked for '\/nonexistent'\): install libvirt-clients .*\n$/,
    ],
    [
      'a daemon that is down',
      [],
      'unreachable',
      /^FAULT {6}connection {2}cannot reach libvirt: .*No such file or directory: is the daemon running.*\n$/,
    ],
    [
      'no rights at all',
      [],
      'denied',
      /^FAULT {6}connection {2}not permitted to connect to libvirt: .*: run as root, or join the libvirt group; on most systems status and plan need neither with --connect qemu:\/\/\/system\n$/,
    ],
    [
      'a daemon that hangs',
      ['--timeout', '0.7'],
      'hang',
      /^FAULT {6}connection {2}virsh did not answer within 0\.7 s \(URI\): is libvirtd stuck\? .*\n$/,
    ],
  ])('%s: 1, with what to do', async (_, args, fault, message) => {
    const on = await host();
    if (fault !== '') on.fault(fault);
    const { status, stdout, stderr } = await on.vcpusched(['doctor', '-q', ...args]);
    expect([status, stderr]).toEqual([1, '']);
    expect(without(stdout, on)).toMatch(message);
  });

  test('the right to read alone', async () => {
    const on = await host();
    const refused =
      'failed to connect to the hypervisor\\nerror: Failed to connect socket: Permission denied';
    const refusing = `case "$1" in -r) exec ${process.execPath} ${virshSim} "$@";; esac`;
    const virsh = executable(refusing, `printf 'error: ${refused}\\n' >&2`, 'exit 1');
    const { status, stdout } = await on.vcpusched(['doctor', '-q', '--virsh', virsh]);
    expect([status, stdout]).toEqual([
      1,
      'FAULT      rights  not permitted to connect to libvirt: failed to connect to the hypervisor: ' +
        'Failed to connect socket: Permission denied: run as root, or join the libvirt group; ' +
        'on most systems status and plan need neither with --connect qemu:///system\n',
    ]);
  });

  test('a watch that is at work, and what it has to restore', async () => {
    const on = await sim(`pcpus = 48\n${domains(4, 60, 0)}`);
    const watch = on.start(['watch', '0.5']);
    await until(async () => /state .*; \d vCPUs to restore$/m.test((await on.vcpusched(['doctor'])).stdout));
    const { stdout, status } = await on.vcpusched(['doctor']);
    expect(line(stdout, 'balancers')).toContain(`vcpusched watch (pid ${watch.pid}) is at work here`);
    expect(status).toBe(0);
    watch.kill();
    await watch;
    expect(line((await on.vcpusched(['doctor'])).stdout, 'balancers')).toContain('no other vcpusched');
  });

  test('a damaged state', async () => {
    const on = await host();
    await on.vcpusched(['once', '--window', '0.2', '--verbose']);
    const [folder = ''] = readdirSync(on.stateDir);
    writeFileSync(join(on.stateDir, folder, 'state.json'), '{');
    const { status, stdout } = await on.vcpusched(['doctor', '-q']);
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(/^FAULT {6}state {2}.*state\.json cannot be used: .*\n$/),
    ]);
  });

  test('a folder for the state that cannot be', async () => {
    const on = await host();
    const env = { VCPUSCHED_STATE_DIR: `${virshSim}/state` };
    const { status, stdout } = await on.vcpusched(['doctor', '-q'], env);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^FAULT {6}state {2}.*--state-dir\n$/)]);
  });

  test('the names of domains are shown as text', async () => {
    const folder = join(temporaryDirectory(), 'a\u009bb');
    const { stdout } = await vcpusched(['doctor', '--virsh', folder]);
    expect(line(stdout, 'virsh')).toContain('a\\u{9b}b');
  });
});
