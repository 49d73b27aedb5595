import { chmod, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { until } from './until.ts';

/** A libvirtd of our own, in namespaces of its own, with all its state in one directory. */
export type PrivateHost = {
  readonly directory: string;
  readonly socket: string;
  readonly uri: string;
  /** one command of the real virsh on this host; returns its stdout, rejects if it fails */
  readonly virsh: (...args: readonly string[]) => Promise<string>;
  /** the namespace's view of the files, as arguments that go before those of a program */
  readonly enter: readonly string[];
  /** the root of the daemon's files as seen there: `/`, or that of another Debian */
  readonly root: string;
  /** runs a program where the daemon runs, as a process of its namespace */
  readonly inside: (program: string, ...args: readonly string[]) => Promise<string>;
  readonly startDaemon: () => Promise<void>;
  /** ends the daemon, the guests go on; or sends it another signal */
  readonly signalDaemon: (signal: 'TERM' | 'KILL' | 'STOP' | 'CONT') => Promise<void>;
  /** ends every guest and daemon and removes what they leave */
  readonly stop: () => Promise<void>;
};

/**
 * Starts a private host with its daemon, whatever an earlier, killed run left behind.
 * @param root of another Debian, whose libvirtd and QEMU are to run; `host.virsh` is that of the path all the same
 */
export async function startHost(root = process.env['VCPUSCHED_TEST_ROOT'] ?? '/'): Promise<PrivateHost> {
  await removeOldHosts();
  const directory = await mkdtemp(join(tmpdir(), prefix));
  // The read-only socket is for everybody.
  await chmod(directory, 0o755);
  await writeFile(join(directory, 'owner'), `${process.pid}`);
  const script = fileURLToPath(new URL('private-host.sh', import.meta.url));
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const first = execa('unshare', [...namespaces, 'bash', script, directory, root.replace(/\/+$/, '')], {
    reject: false,
  });
  await new Promise<void>((resolve, reject) => {
    first.stdout.once('data', () => resolve());
    first.then((result) => reject(new Error(`no private host: ${result.stderr}`)));
  });
  const children = await readFile(`/proc/${first.pid}/task/${first.pid}/children`, 'utf8');
  const enter = ['nsenter', '--target', children.trim(), '--mount'];

  const socket = join(directory, 'run/libvirt-sock');
  const uri = `qemu+unix:///system?socket=${socket}`;
  const virsh = async (...args: readonly string[]): Promise<string> =>
    (await execa('virsh', ['-c', uri, ...args], { env: { LC_ALL: 'C' }, timeout: 60_000 })).stdout;
  const inside = async (program: string, ...args: readonly string[]): Promise<string> =>
    (await execa('nsenter', [...enter.slice(1), '--pid', program, ...args])).stdout;
  const pidFile = '/run/libvirt/libvirtd.pid';
  const startDaemon = async (): Promise<void> => {
    await inside('chroot', root, 'libvirtd', '-d', '--pid-file', pidFile);
    await until('the daemon answers', 30_000, () => virsh('list').then(Boolean, () => false));
  };
  const signalDaemon = async (signal: string): Promise<void> => {
    const pid = (await inside('cat', pidFile)).trim();
    await inside('kill', `-${signal}`, pid);
    if (signal === 'KILL' || signal === 'TERM') {
      const dead = (): Promise<boolean> =>
        inside('kill', '-0', pid).then(
          () => false,
          () => true,
        );
      await until('the daemon is dead', 10_000, dead);
    }
  };
  const stop = async (): Promise<void> => {
    first.stdin.end();
    await first;
    await rm(directory, { recursive: true });
    await removeEmptyCgroups();
  };
  await startDaemon();
  return { directory, socket, uri, virsh, enter, root, inside, startDaemon, signalDaemon, stop };
}

const prefix = 'vcpusched-real-';

/** A killed run's daemon and guests died with it; its directory and cgroups did not. */
async function removeOldHosts(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const directory = join(tmpdir(), name);
    const owner = await readFile(join(directory, 'owner'), 'utf8').catch(() => 'gone');
    const alive = await readFile(`/proc/${owner}/comm`).then(Boolean, () => false);
    if (!alive) await rm(directory, { recursive: true, force: true });
  }
  await removeEmptyCgroups();
}

/**
 * libvirt makes /machine/qemu-N-NAME in each cgroup hierarchy and removes it when a guest ends in good order.
 * A cgroup that still has a process cannot be removed, so this harms nobody.
 */
async function removeEmptyCgroups(): Promise<void> {
  const root = '/sys/fs/cgroup';
  const hierarchies = await readdir(root).catch(() => []);
  for (const machine of [join(root, 'machine'), ...hierarchies.map((name) => join(root, name, 'machine'))]) {
    const groups = await readdir(machine, { recursive: true, withFileTypes: true }).catch(() => []);
    const directories = groups
      .filter((each) => each.isDirectory())
      .map((each) => join(each.parentPath, each.name));
    for (const each of directories.sort().reverse()) await rmdir(each).catch(() => undefined);
  }
}
