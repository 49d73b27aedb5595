import { describe, expect, test } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';

const sys = '/sys/devices/system/cpu';
const cgroup = '/sys/fs/cgroup';
const here = { [`${sys}/online`]: '0-7\n' };
const online = [0, 1, 2, 3, 4, 5, 6, 7];
const system = 'qemu:///system';

function setUp(files: Record<string, string>) {
  const asked: string[] = [];
  const host = localHost(async (path) => {
    asked.push(path);
    return files[path];
  });
  return { host, asked, files };
}

describe('isolated pCPUs', () => {
  test.each([
    ['none', { isolated: '\n', nohz_full: '\n' }, []],
    ['none, as some kernels have it', { isolated: '\n', nohz_full: '(null)\n' }, []],
    ['isolcpus', { isolated: '2-3,6\n' }, [2, 3, 6]],
    ['nohz_full', { isolated: '\n', nohz_full: '7\n' }, [7]],
    ['both', { isolated: '2-3\n', nohz_full: '3-4\n' }, [2, 3, 4]],
    ['no such files', {}, []],
  ])('%s', async (_, files, isolated) => {
    const named = Object.fromEntries(Object.entries(files).map(([name, text]) => [`${sys}/${name}`, text]));
    const { host } = setUp({ ...here, ...named });
    expect(await host.read(system, online, new Set())).toEqual({
      place: 'here',
      isolated,
      granted: new Map(),
    });
  });
});

describe('whose files they are', () => {
  const files = {
    ...here,
    [`${sys}/isolated`]: '7\n',
    [`${cgroup}/machine.slice/cpuset.cpus.effective`]: '0\n',
  };
  const partitions = new Set(['/machine']);

  test.each([
    'qemu:///system',
    'qemu:///session',
    'qemu+unix:///system?socket=/run/libvirt/other',
    'lxc:///system',
    'qemu:/system',
  ])('%s: of this machine', async (uri) => {
    expect((await setUp(files).host.read(uri, online, partitions)).isolated).toEqual([7]);
  });

  test.each([
    'qemu+ssh://root@kvm1/system',
    'qemu+tls://kvm1/system',
    'qemu://kvm1/system',
    'qemu+ext:///system',
    'qemu+unix://kvm1/system',
  ])('%s: of another, of which nothing is known', async (uri) => {
    const { host, asked } = setUp(files);
    expect(await host.read(uri, online, partitions)).toEqual({
      place: 'remote',
      isolated: undefined,
      granted: new Map(),
    });
    expect(asked).toEqual([]);
  });

  test('a host with other pCPUs than this machine is a stand-in, and has no such thing', async () => {
    const { host, asked } = setUp(files);
    expect(await host.read(system, [0, 1], partitions)).toEqual({
      place: 'modelled',
      isolated: [],
      granted: new Map(),
    });
    expect(asked).toEqual([`${sys}/online`]);
  });

  test('once it is known to be this machine, it stays so while pCPUs come and go', async () => {
    const { host } = setUp(files);
    await host.read(system, online, partitions);
    expect((await host.read(system, [0, 1], partitions)).isolated).toEqual([7]);
  });
});

describe('another machine can have pCPUs of the same numbers', () => {
  const second = 1_000_000_000n;
  const stat = (busy: number, idle: number) =>
    `cpu  1 2 3 4 5 6 7 0 0 0\ncpu0 ${busy} 0 0 ${idle} 0 0 0 9 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\nintr 5\n`;
  const told = new Map([[0, { busyNs: 100n * second, totalNs: 300n * second }]]);

  test.each([
    ['the same, a moment later', stat(10_010, 20_050), 'here'],
    ['a tick back', stat(10_000, 19_999), 'here'],
    ['as long, and another load', stat(12_000, 18_000), 'modelled'],
    ['another age', stat(10_000, 90_000), 'modelled'],
    ['younger', stat(10_000, 10_000), 'modelled'],
    ['no such file', undefined, 'here'],
    ['nothing of the kind in it', 'x\n', 'here'],
  ])('%s', async (_, text, place) => {
    const { host } = setUp({ ...here, ...(text === undefined ? {} : { '/proc/stat': text }) });
    expect((await host.read(system, online, new Set(), told)).place).toBe(place);
  });

  test('the pCPUs that are online are told apart from that', async () => {
    expect(await setUp(here).host.online()).toEqual(online);
    expect(await setUp({}).host.online()).toBeUndefined();
  });
});

describe('what the cgroup of a partition has', () => {
  const granted = async (partition: string, files: Record<string, string>) => {
    const named = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [cgroup + path, `${text}\n`]),
    );
    const { host } = setUp({ ...here, ...named });
    return (await host.read(system, online, new Set([partition]))).granted.get(partition);
  };

  test.each([
    ['systemd, v2', '/machine', { '/machine.slice/cpuset.cpus.effective': '0-3' }, [0, 1, 2, 3]],
    ['systemd, v1', '/machine', { '/cpuset/machine.slice/cpuset.effective_cpus': '2' }, [2]],
    ['no systemd, v2', '/machine', { '/machine/cpuset.cpus.effective': '4-5' }, [4, 5]],
    ['no systemd, v1', '/machine', { '/cpuset/machine/cpuset.effective_cpus': '6' }, [6]],
    ['v1, an old kernel', '/machine', { '/cpuset/machine/cpuset.cpus': '6-7' }, [6, 7]],
    [
      'a partition of its own, systemd',
      '/machine/web-1',
      {
        '/machine.slice/machine-web\\x2d1.slice/cpuset.cpus.effective': '1',
        '/machine.slice/cpuset.cpus.effective': '0-3',
      },
      [1],
    ],
    [
      'a partition of its own, no systemd',
      '/machine/web',
      {
        '/cpuset/machine/web.partition/cpuset.effective_cpus': '1',
        '/cpuset/machine/cpuset.effective_cpus': '0-3',
      },
      [1],
    ],
    [
      'one without the controller: the one above',
      '/machine/web',
      { '/machine.slice/cpuset.cpus.effective': '0-3' },
      [0, 1, 2, 3],
    ],
    ['up to the root', '/machine', { '/cpuset.cpus.effective': '0-5' }, [0, 1, 2, 3, 4, 5]],
    ['nothing to be read', '/machine', {}, undefined],
    ['an empty file', '/machine', { '/machine.slice/cpuset.cpus.effective': '' }, undefined],
  ])('%s', async (_, partition, files, expected) => {
    expect(await granted(partition, files as Record<string, string>)).toEqual(expected);
  });
});
