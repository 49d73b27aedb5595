import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { vcpusched } from './support/program.ts';
import { until } from './support/until.ts';

let host: PrivateHost;
let uri: string;
let sshd: ReturnType<typeof runSshd> | undefined;

beforeAll(async () => {
  host = await startHost();
  const { port, key } = await startSshd(join(host.directory, 'ssh'));
  const parameters = `socket=${host.socket}&keyfile=${key}&no_verify=1&no_tty=1`;
  uri = `qemu+ssh://root@127.0.0.1:${port}/system?${parameters}`;
});
afterAll(async () => {
  sshd?.kill();
  await sshd;
  await host.stop();
});

/** An sshd of our own on the loopback address, for root with one key. */
async function startSshd(folder: string): Promise<{ readonly port: number; readonly key: string }> {
  await mkdir(folder, { mode: 0o700 });
  await mkdir('/run/sshd', { recursive: true });
  const [hostKey, key] = [join(folder, 'host'), join(folder, 'key')];
  for (const file of [hostKey, key]) await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  const port = await freePort();
  const config = {
    ListenAddress: `127.0.0.1:${port}`,
    HostKey: hostKey,
    AuthorizedKeysFile: `${key}.pub`,
    PidFile: 'none',
    PermitRootLogin: 'prohibit-password',
    PasswordAuthentication: 'no',
    UsePAM: 'no',
    StrictModes: 'no',
  };
  const lines = Object.entries(config).map(([name, value]) => `${name} ${value}\n`);
  await writeFile(join(folder, 'config'), lines.join(''));
  sshd = runSshd(join(folder, 'config'));
  const tried = () =>
    execa('ssh', [
      '-i',
      key,
      '-p',
      `${port}`,
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      'root@127.0.0.1',
      'true',
    ]);
  await until('sshd answers', 20_000, () =>
    tried().then(
      () => true,
      () => false,
    ),
  );
  return { port, key };
}

function runSshd(config: string) {
  return execa('/usr/sbin/sshd', ['-D', '-e', '-f', config], { reject: false });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

test('over ssh a host is balanced and restored, beside one that refuses', async () => {
  const guests = await startGuests(host, singles(Array(4).fill(12)));
  const affinities = async () => {
    const said = await Promise.all(guests.map(({ uuid }) => host.virsh('vcpupin', uuid, '0')));
    return said.map((text) => /^ 0 +(\S+)$/m.exec(text)?.[1]);
  };
  const refusing = uri.replace(host.socket, '/nonexistent/socket');
  const { status, stdout, stderr } = await vcpusched(host, [
    'once',
    '--cpus',
    '1',
    '-c',
    uri,
    '-c',
    refusing,
  ]);
  expect(stdout).toMatch(/^pinned 4 vCPUs: /m);
  expect(stderr).toMatch(/^vcpusched: qemu\+ssh\S+: cannot reach libvirt: /m);
  expect([status, await affinities()]).toEqual([1, Array(4).fill('1')]);

  const restored = await vcpusched(host, ['restore', '-c', uri]);
  expect(restored).toMatchObject({ status: 0, stdout: 'restored 4 vCPUs' });
  expect(await affinities()).toEqual(Array(4).fill('0'));
});
