import { describe, expect, test } from 'vitest';
import type { Check } from '../../src/doctor/check.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Facts, Kept, Machine } from '../../src/doctor/facts.ts';
import { unbounded } from '../../src/model/bounds.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';

const pcpu = (id: number) => ({ id, cellId: 0, socketId: 0, dieId: 0, coreId: id, siblings: [id] });
const domain = (name: string, over: Partial<Snapshot['domains'][number]> = {}) => ({
  uuid: name,
  name,
  id: 1,
  bounds: unbounded,
  vcpus: [{ number: 0, counters: { cpuTimeNs: 1n, delayNs: 1n }, placement: undefined, problem: undefined }],
  ...over,
});
const snapshot: Snapshot = {
  takenAtMs: 0,
  pcpuTimes: new Map(),
  capacity: new Map(),
  online: [0, 1, 2, 3],
  isolated: [],
  topology: [0, 1, 2, 3].map(pcpu),
  domains: [domain('web')],
  leftAlone: [],
};
const machine: Machine = {
  isolated: [],
  granted: [0, 1, 2, 3],
  schedstats: '0\n',
  schedstat: '123 45 6\n',
  processes: new Map([['systemd', 1]]),
  irqbalance: undefined,
};
const folder = {
  path: '/var/lib/vcpusched',
  found: '/var/lib/vcpusched',
  isFolder: true,
  isWritable: true,
  uid: 0,
  mode: 0o700,
  freeBytes: 5 << 20,
};
const noFile = { file: undefined, isOpen: false, ruleCpus: [] };
const good: Facts = {
  virsh: { ok: true, value: '9.0.0' },
  libvirt: { ok: true, value: '9.0.0' },
  connection: { ok: true, value: { uri: 'qemu:///system', snapshot } },
  rights: { ok: true, value: undefined },
  unmatched: [],
  machine: { ok: true, value: machine },
  config: noFile,
  state: folder,
  kept: { ok: true, value: { holder: undefined, vcpus: 0, lastMoveMs: undefined } },
  stateDir: folder.path,
  myUid: 0,
  cpus: undefined,
  nowMs: Date.UTC(2026, 0, 2, 3, 4),
};
const showing = (over: Partial<Snapshot>): Partial<Facts> => ({
  connection: { ok: true, value: { uri: 'qemu:///system', snapshot: { ...snapshot, ...over } } },
});
const having = (over: Partial<Machine>): Partial<Facts> => ({
  machine: { ok: true, value: { ...machine, ...over } },
});
const keeping = (over: Partial<Kept>): Partial<Facts> => ({
  kept: { ok: true, value: { holder: undefined, vcpus: 0, lastMoveMs: undefined, ...over } },
});
const found = (name: string, over: Partial<Facts>): Check | undefined =>
  examine({ ...good, ...over }).find((check) => check.name === name);

test('a host on which all is as it should be', () => {
  expect(examine(good).map(({ name, status, message }) => `${status} ${name}: ${message}`)).toEqual([
    'ok configuration: no file: all settings have their defaults',
    'ok virsh: virsh 9.0.0, libvirt 9.0.0',
    'ok connection: qemu:///system',
    'ok rights: a connection that may pin opens (each pin is checked when it is set)',
    'ok domains: 1 running domain, none left alone by its configuration',
    'ok delay: libvirt reports how long vCPUs wait',
    'ok topology: 4 pCPUs online (0-3); 1 cell, 1 socket, 4 cores, a thread each',
    'ok isolated: no pCPU is isolated',
    'ok cgroup: the cgroup of the guests has all pCPUs',
    'ok schedstats: off; nothing here depends on it: vcpusched reads the delay of a vCPU, and not its wait',
    'ok balancers: no other vcpusched is at work here',
    'ok numad: does not run',
    'ok irqbalance: does not run',
    'ok state: /var/lib/vcpusched, 5.0 MiB left',
    'ok clock: 2026-01-02T03:04Z; measuring does not depend on it',
  ]);
});

test('without virsh, and without a connection, the rest is not known', () => {
  const failed = { ok: false, message: 'no', remedy: 'do' } as const;
  const none = { ok: false, message: 'no connection' } as const;
  const without = (facts: Partial<Facts>) =>
    examine({ ...good, ...facts, machine: none, kept: undefined }).map(
      ({ name, status }) => `${status} ${name}`,
    );
  const others = [
    'domains',
    'delay',
    'topology',
    'isolated',
    'cgroup',
    'schedstats',
    'balancers',
    'numad',
    'irqbalance',
  ];
  const unknown = others.map((name) => `unknown ${name}`);
  expect(without({ virsh: failed, connection: failed, rights: failed })).toEqual([
    'ok configuration',
    'fault virsh',
    'unknown connection',
    'unknown rights',
    ...unknown,
    'ok state',
    'ok clock',
  ]);
  expect(without({ connection: failed, rights: failed }).slice(0, 6)).toEqual([
    'ok configuration',
    'ok virsh',
    'fault connection',
    'unknown rights',
    'unknown domains',
    'unknown delay',
  ]);
});

test('of another machine only what libvirt tells is known', () => {
  const checks = examine({ ...good, machine: { ok: false, message: 'look there' } });
  const unknown = checks.filter(({ status }) => status === 'unknown').map(({ name }) => name);
  expect(unknown).toEqual(['isolated', 'cgroup', 'schedstats', 'numad', 'irqbalance']);
});

describe('what is told, with what to do about it', () => {
  const apart = (id: number) => ({
    ...pcpu(id),
    cellId: id % 2,
    socketId: id % 2,
    coreId: 0,
    siblings: [id % 2, (id % 2) + 2],
  });
  const denied = 'not permitted to connect to libvirt: x';

  test.each<[string, string, Partial<Facts>, Check['status'], string, string | undefined]>([
    [
      'configuration',
      'a file',
      { config: { ...noFile, file: '/etc/c' } },
      'ok',
      '/etc/c: no fault found',
      undefined,
    ],
    [
      'configuration',
      'that everybody may write',
      { config: { ...noFile, file: '/etc/c', isOpen: true } },
      'warning',
      '/etc/c: everybody may write it, and root will not trust it',
      "chmod o-w '/etc/c'",
    ],
    [
      'configuration',
      'pCPUs that are not online',
      { cpus: [3, 4, 5] },
      'fault',
      'cpus names pCPU 4-5, which is not online: nothing can be balanced',
      'name some of 0-3',
    ],
    [
      'configuration',
      'a rule without a pCPU',
      { cpus: [0, 1], config: { ...noFile, ruleCpus: [{ set: [2], by: 'c.toml:3' }] } },
      'warning',
      'the pCPUs of a rule (2, c.toml:3) are none of those in use: its domains are left alone',
      'name some of 0-1',
    ],
    [
      'virsh',
      'an old one',
      { virsh: { ok: true, value: '6.10.0' } },
      'warning',
      'virsh 6.10.0, libvirt 9.0.0',
      'vcpusched was tried with 7.0.0 and later only: update libvirt',
    ],
    [
      'virsh',
      'a newer one over an old libvirt',
      { libvirt: { ok: true, value: '6.10.0' } },
      'warning',
      'virsh 9.0.0, libvirt 6.10.0',
      'vcpusched was tried with 7.0.0 and later only: update libvirt',
    ],
    [
      'virsh',
      'the oldest, over a libvirt that does not tell its version',
      { virsh: { ok: true, value: '7.0.0' }, libvirt: { ok: false, message: 'no' } },
      'ok',
      'virsh 7.0.0',
      undefined,
    ],
    [
      'virsh',
      'a version of two digits',
      { virsh: { ok: true, value: '12.9.0' }, libvirt: { ok: true, value: '12.9.0' } },
      'ok',
      'virsh 12.9.0, libvirt 12.9.0',
      undefined,
    ],
    [
      'connection',
      'another hypervisor',
      { connection: { ok: true, value: { uri: 'test:///default', snapshot } } },
      'warning',
      'test:///default',
      'vcpusched is made for QEMU and KVM: name their connection with --connect',
    ],
    [
      'rights',
      'to read alone',
      { rights: { ok: false, message: denied, remedy: 'join' } },
      'fault',
      denied,
      'join',
    ],
    [
      'domains',
      'a pattern that no domain fits',
      { unmatched: ['c.toml:3: exclude db-prd: no domain has this name', 'more'] },
      'warning',
      'c.toml:3: exclude db-prd: no domain has this name (and 1 more)',
      'correct it, unless it is for other hosts',
    ],
    [
      'domains',
      'some left alone',
      showing({
        domains: ['a', 'b', 'c'].map((name) => domain(name, { bounds: { ...unbounded, leave: 'said so' } })),
      }),
      'warning',
      'left alone by its configuration: a (said so), and 2 more',
      "'vcpusched plan --verbose' names all that is left alone",
    ],
    [
      'delay',
      'no domain',
      showing({ domains: [] }),
      'unknown',
      'no domain is running',
      'start one, and look again',
    ],
    [
      'delay',
      'a hypervisor that tells no times',
      showing({
        domains: [
          domain('a', {
            vcpus: [{ number: 0, counters: undefined, placement: undefined, problem: 'no time' }],
          }),
        ],
      }),
      'unknown',
      'libvirt does not report what vCPUs run',
      undefined,
    ],
    [
      'delay',
      'an old libvirt',
      showing({
        domains: [
          domain('a', {
            vcpus: [
              {
                number: 0,
                counters: { cpuTimeNs: 1n, delayNs: undefined },
                placement: undefined,
                problem: undefined,
              },
            ],
          }),
        ],
      }),
      'warning',
      'libvirt does not report how long vCPUs wait: those that starve look idle',
      'update to libvirt 7.2 or later',
    ],
    ...['0 0 0\n', undefined].map(
      (schedstat): [string, string, Partial<Facts>, Check['status'], string, string | undefined] => [
        'delay',
        `a kernel that keeps no account (${schedstat})`,
        having({ schedstat }),
        'warning',
        'this kernel keeps no account of waiting (CONFIG_SCHED_INFO): vCPUs that starve look idle',
        'run one that does, as those of the distributions do',
      ],
    ),
    [
      'topology',
      'cells and threads',
      showing({ topology: [0, 1, 2, 3].map(apart) }),
      'ok',
      '4 pCPUs online (0-3); 2 cells, 2 sockets, 2 cores, 2 threads each',
      undefined,
    ],
    [
      'topology',
      'libvirt cannot tell it',
      showing({ topology: [], topologyProblem: 'it is not known: busy' }),
      'warning',
      '4 pCPUs online (0-3); it is not known: busy',
      "see what 'virsh capabilities' says; until then domains stay where they may run now",
    ],
    [
      'topology',
      'something in it is odd',
      showing({ remarks: ['a log', "'virsh capabilities' has x", "'virsh nodecpumap' shows y"] }),
      'warning',
      "4 pCPUs online (0-3); 'virsh capabilities' has x (and 1 more)",
      'it is balanced without: is libvirt, or the firmware, out of date?',
    ],
    [
      'topology',
      'not told',
      showing({ topology: [] }),
      'warning',
      '4 pCPUs online (0-3); libvirt does not report the cell and the core of any of them',
      "each counts as a core of its own: see whether 'virsh capabilities' has a <topology>",
    ],
    [
      'isolated',
      'some',
      having({ isolated: [2, 3] }),
      'ok',
      'pCPUs 2-3 are isolated (isolcpus, nohz_full): only vCPUs whose configuration names them use them',
      undefined,
    ],
    [
      'cgroup',
      'fewer',
      having({ granted: [0, 1, 9] }),
      'warning',
      'the cgroup of the guests has pCPUs 0-1, and not 2-3: those are not used',
      "see AllowedCPUs= of machine.slice ('systemctl show machine.slice -p AllowedCPUs')",
    ],
    [
      'cgroup',
      'none',
      having({ granted: undefined }),
      'ok',
      'no cgroup of the guests limits their pCPUs',
      undefined,
    ],
    [
      'numad',
      'runs',
      having({ processes: new Map([['numad', 77]]) }),
      'warning',
      'numad (pid 77) moves guests too: each undoes what the other one does',
      "end it ('systemctl disable --now numad'), or exclude from vcpusched the domains that it is to have",
    ],
    [
      'state',
      'not there yet',
      { state: { ...folder, found: '/var/lib', mode: 0o755 } },
      'ok',
      '/var/lib/vcpusched is made with the first pin',
      undefined,
    ],
    [
      'state',
      'no folder',
      { state: { ...folder, isFolder: false } },
      'fault',
      '/var/lib/vcpusched is no folder, so that nothing can be pinned',
      'name another one with --state-dir',
    ],
    [
      'state',
      'not writable',
      { state: { ...folder, found: '/var/lib', isWritable: false } },
      'fault',
      '/var/lib cannot be written, so that nothing can be pinned',
      'run as its owner, or name another one with --state-dir',
    ],
    [
      'state',
      'hidden',
      { state: undefined },
      'fault',
      '/var/lib/vcpusched may not be looked at, so that nothing can be pinned',
      'name another one with --state-dir',
    ],
    [
      'state',
      'a full disk',
      { state: { ...folder, freeBytes: 1 << 20 } },
      'fault',
      '/var/lib/vcpusched has 1.0 MiB left, so that nothing can be pinned',
      'make room, or name another one with --state-dir',
    ],
    [
      'state',
      'of somebody else',
      { myUid: 7 },
      'fault',
      '/var/lib/vcpusched belongs to uid 0, not to uid 7, so that nothing can be pinned',
      'run as its owner, or name another one with --state-dir',
    ],
    [
      'state',
      'open to others',
      { state: { ...folder, mode: 0o755 } },
      'ok',
      '/var/lib/vcpusched, 5.0 MiB left; it is closed to others with the next pin',
      undefined,
    ],
    [
      'state',
      'vCPUs to restore',
      keeping({ vcpus: 6 }),
      'ok',
      '/var/lib/vcpusched, 5.0 MiB left; 6 vCPUs to restore',
      undefined,
    ],
    [
      'state',
      'damaged',
      { kept: { ok: false, message: 'cannot be used' } },
      'fault',
      'cannot be used',
      undefined,
    ],
    [
      'balancers',
      'one',
      keeping({ holder: { pid: 7, command: 'watch' } }),
      'ok',
      'vcpusched watch (pid 7) is at work here; a second one would end with 75',
      undefined,
    ],
    [
      'clock',
      'set back',
      keeping({ lastMoveMs: Date.UTC(2026, 0, 2, 4, 4) }),
      'warning',
      'the clock says 2026-01-02T03:04Z, and the last pin was set at 2026-01-02T04:04Z',
      'set it, with NTP for example: until then --max-rate and --cooldown count moves wrongly',
    ],
  ])('%s: %s', (name, _, over, status, message, remedy) => {
    expect(found(name, over)).toEqual({ name, status, message, remedy });
  });
});

describe('irqbalance', () => {
  const spreads = 'spreads interrupts over all pCPUs, which guests use too';
  const keepsOff = 'keeps interrupts off the pCPUs of the guests';
  const puts = (cpus: string) =>
    `irqbalance (pid 5) puts interrupts on pCPUs ${cpus}, which guests use: vCPUs wait for them`;

  test.each<[string, number[] | undefined, string | undefined, number[], string]>([
    ['all pCPUs are for guests', undefined, undefined, [], spreads],
    ['some are kept from them', [2, 3], undefined, [], puts('2-3')],
    ['nothing is set, and they are isolated', [2, 3], '#IRQBALANCE_BANNED_CPULIST=2-3\n', [2, 3], keepsOff],
    ['a list', [2, 3], 'A=1\nIRQBALANCE_BANNED_CPULIST="2-3"\n', [], keepsOff],
    ['a list with a comma at its end', [2, 3], 'IRQBALANCE_BANNED_CPULIST="2-3,"', [], keepsOff],
    ['a list with strides', [2, 3], 'IRQBALANCE_BANNED_CPULIST="2-3:1/2"', [], puts('3')],
    ['a mask', [2, 3], "IRQBALANCE_BANNED_CPUS='0000000c'", [], keepsOff],
    ['a mask with commas', [2, 3], 'IRQBALANCE_BANNED_CPUS=00000001,00000004', [], puts('3')],
    ['a mask of nothing, and isolated', [2, 3], 'IRQBALANCE_BANNED_CPUS=0', [2, 3], puts('2-3')],
    ['what is no list', [2, 3], 'IRQBALANCE_BANNED_CPULIST=-', [], puts('2-3')],
  ])('%s', (_, cpus, irqbalance, isolated, message) => {
    const processes = new Map([['irqbalance', 5]]);
    const remedy = message.startsWith('irqbalance')
      ? 'set IRQBALANCE_BANNED_CPULIST=2-3 in its settings, and start it anew'
      : undefined;
    const status = remedy === undefined ? 'ok' : 'warning';
    expect(found('irqbalance', { ...having({ processes, irqbalance, isolated }), cpus })).toEqual({
      name: 'irqbalance',
      status,
      message,
      remedy,
    });
  });
});
