import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startGuests } from './guests.ts';
import type { PrivateHost } from './private-host.ts';
import { recorder } from './recorder.ts';

const uuid = '6c0e3c5a-54d1-4b0e-9d8e-000000000000';
const gone = '6c0e3c5a-54d1-4b0e-9d8e-0000000000ff';

/** Records each way in which virsh fails: what it prints on both streams and how it ends. */
export async function recordFailures(host: PrivateHost): Promise<void> {
  const { record, finish } = await recorder(host, 'stderr');
  await startGuests(host, [
    { name: 'web', uuid, vcpus: [{ duty: 4 }], configuredPins: ['0'], persistent: true },
  ]);
  const pin = (...args: readonly string[]): readonly string[] => ['vcpupin', ...args, '--live'];
  const readOnly = ['-r', '-c', 'qemu:///system'];

  await record('no-such-domain', { args: ['vcpuinfo', gone] });
  await record('no-such-domain.vcpupin', { args: pin(gone, '0', '0') });
  await record('no-such-domain.domstats', { args: ['domstats', '--vcpu', uuid, gone] });
  await record('gone-in-batch', { args: [`vcpuinfo ${uuid}; vcpuinfo ${gone}; list --uuid --name`] });
  await record('gone-last-in-batch', { args: [`vcpuinfo ${uuid}; list --uuid --name; vcpuinfo ${gone}`] });
  await record('read-only', { globals: readOnly, args: pin(uuid, '0', '0') });
  await record('read-only.in-batch', {
    globals: readOnly,
    args: [`vcpupin ${uuid} 0 0 --live; list --uuid --name`],
  });
  await record('no-such-pcpu', { args: pin(uuid, '0', '99') });
  await record('no-such-pcpu.next', { args: pin(uuid, '0', '2') });
  await record('bad-cpulist', { args: pin(uuid, '0', 'x') });
  await record('no-such-vcpu', { args: pin(uuid, '7', '0') });
  await record('unknown-command', { args: ['frobnicate'] });
  await record('unknown-command.in-batch', { args: ['list --uuid --name; frobnicate; nodecpumap'] });
  await record('unknown-option', { args: ['domstats', '--frobnicate'] });
  await record('unknown-option.in-batch', {
    args: ['list --uuid --name; domstats --frobnicate; nodecpumap'],
  });
  await record('unknown-uri-scheme', { globals: ['-c', 'frob:///system'], args: ['list'] });
  await record('unknown-uri-path', { globals: ['-c', 'qemu:///frob'], args: ['list'] });
  await record('unknown-host', { globals: ['-c', 'qemu+tcp://host.invalid/system'], args: ['list'] });
  await record('refused-connection', { globals: ['-c', 'qemu+tcp://127.0.0.1:1/system'], args: ['list'] });
  await record('no-such-socket', {
    globals: ['-c', 'qemu+unix:///system?socket=/nonexistent/sock'],
    args: ['list'],
  });
  await record('permission-denied', { unprivileged: true, args: ['list --uuid --name; nodecpumap'] });
  await record('unprivileged-read-only', {
    unprivileged: true,
    globals: readOnly,
    args: ['list', '--uuid', '--name'],
  });
  await record('locale-german', {
    env: { LC_ALL: 'C.UTF-8', LANGUAGE: 'de' },
    args: [`vcpuinfo ${uuid}; vcpupin ${uuid}; vcpuinfo ${gone}`],
  });

  await host.virsh('suspend', uuid);
  await record('paused.vcpuinfo', { args: ['vcpuinfo', uuid] });
  await record('paused.vcpupin', { args: pin(uuid, '0', '1') });
  await host.virsh('destroy', uuid);
  await record('not-running.vcpuinfo', { args: ['vcpuinfo', uuid] });
  await record('not-running.vcpupin', { args: pin(uuid, '0', '0') });
  await host.virsh('undefine', uuid);

  await host.signalDaemon('STOP');
  await record('killed', { args: ['list --uuid --name; nodecpumap'], killAfterMs: 1000 });
  await record('daemon-stopped', {
    globals: ['-k1', '-K2', '-c', 'qemu:///system'],
    args: ['list'],
    killAfterMs: 9000,
  });
  await host.signalDaemon('CONT');

  await restartWith(host, 'auth_unix_rw = "polkit"\nunix_sock_rw_perms = "0777"\n');
  await record('polkit-without-dbus', { unprivileged: true, args: ['list --uuid --name; nodecpumap'] });
  await host.inside('sh', '-c', startPolkit);
  await restartWith(host, 'auth_unix_rw = "polkit"\nunix_sock_rw_perms = "0777"\n');
  await record('polkit-refused', { unprivileged: true, args: ['list --uuid --name; nodecpumap'] });

  await host.signalDaemon('KILL');
  await record('daemon-killed', { args: ['list --uuid --name; nodecpumap'] });
  await host.inside('rm', '-f', '/run/libvirt/libvirt-sock', '/run/libvirt/libvirt-sock-ro');
  await record('daemon-down', { args: ['list --uuid --name; nodecpumap'] });
  await record('daemon-down.one-command', { args: ['list', '--uuid', '--name'] });
  await host.startDaemon();
  await finish();
}

/** Debian's libvirt-daemon-system brings both, and the namespace ends both. */
const startPolkit = `
  mkdir -p /run/dbus && mount -t tmpfs tmpfs /run/dbus && dbus-daemon --system --fork
  setsid /usr/lib/polkit-1/polkitd --no-debug < /dev/null > /dev/null 2>&1 &
  sleep 2`;

async function restartWith(host: PrivateHost, configuration: string): Promise<void> {
  await writeFile(join(host.directory, 'etc/libvirtd.conf'), configuration);
  await host.signalDaemon('KILL');
  await host.startDaemon();
}
