import { describe, expect, test } from 'vitest';
import {
  about,
  affinitiesOf,
  backgroundsIn,
  balance,
  loadsIn,
  movesIn,
  planJson,
  simInMemory,
  statusJson,
  targetsIn,
  vcpuIn,
} from '../support/sim-in-memory.ts';
import type { Said } from '../support/virsh-of.ts';

// A pCPU that is busy, owned, or not for everybody.

const places = ['qemu:///system', 'qemu+ssh://far.example/system'];

describe.each(places)('processes of the host (%s)', (uri) => {
  const four = (background: string, affinity = '0', demand = 9) => `pcpus = 2
${background}
[[domains]]
name = "g%d"
count = 4
affinity = "${affinity}"
demand = ${demand}
`;
  const spinner = '[[background]]\npcpus = "1"\ndemand = 100\n';

  test('one keeps pCPU 1 busy: status says so, and nothing goes there', async () => {
    const sim = simInMemory(four(spinner), { uri });
    const status = await statusJson(sim);
    expect(loadsIn(status)).toEqual([36, 100].map(about));
    expect(backgroundsIn(status)).toEqual([0, 100].map(about));
    const { out } = await sim.vcpusched('status');
    expect(out).toMatch(/host 100 %/);
    expect(await balance(sim)).toBe(0);
    expect(new Set(Object.values(affinitiesOf(sim)))).toEqual(new Set(['0']));
  });

  test('guests beside one are moved away, and stay away', async () => {
    const sim = simInMemory(four(spinner, 'in-turn:0-1', 20), { uri });
    const plan = await planJson(sim);
    expect(plan.moves.length).toBeGreaterThan(0);
    expect(targetsIn(plan)).not.toContain(1);
    expect(plan.moves.map(({ reason }) => reason).join()).toMatch(/host/);
    await balance(sim);
    sim.pass(20);
    expect(targetsIn(await planJson(sim))).not.toContain(1);
  });

  test('one of half a pCPU leaves the other half to guests', async () => {
    const sim = simInMemory(four('[[background]]\npcpus = "1"\ndemand = 50\n', '0', 25), { uri });
    expect(await balance(sim)).toBe(1);
    expect(Object.values(affinitiesOf(sim)).sort()).toEqual(['0', '0', '0', '1']);
    sim.pass(5);
    expect(loadsIn(await statusJson(sim))).toEqual([75, 75].map(about));
  });

  test('on several pCPUs: only the free ones are filled', async () => {
    const sim = simInMemory(
      `pcpus = 8
[[background]]
pcpus = "2-4"
demand = 90
[[background]]
pcpus = "7"
demand = 70
[[domains]]
name = "g%d"
count = 8
affinity = "in-turn:0-1"
demand = 45
`,
      { uri },
    );
    expect(backgroundsIn(await statusJson(sim))).toEqual([0, 0, 90, 90, 90, 0, 0, 70].map(about));
    expect(await balance(sim)).toBe(1);
    expect(Object.values(affinitiesOf(sim)).sort()).toEqual(['0', '0', '1', '1', '5', '5', '6', '6']);
  });

  test('one that moves to another pCPU: guests go the other way', async () => {
    const sim = simInMemory(
      `pcpus = 4
[[background]]
pcpus = "3"
demand = 95
[[domains]]
name = "g%d"
count = 6
affinity = "in-turn:0-2"
demand = 35
[[events]]
at = 60
do = "background"
pcpus = "3"
demand = 0
[[events]]
at = 60
do = "background"
pcpus = "0"
demand = 95
`,
      { uri },
    );
    await sim.vcpusched('watch', '5', '--cycles', '10');
    expect(Object.values(affinitiesOf(sim)).sort()).toEqual(['0', '0', '1', '1', '2', '2']);
    await sim.vcpusched('watch', '5', '--cycles', '24');
    expect(Object.values(affinitiesOf(sim)).sort()).toEqual(['1', '1', '2', '2', '3', '3']);
  });

  test('vCPUs that float are not taken for processes of the host', async () => {
    const sim = simInMemory(
      'pcpus = 4\n[[domains]]\nname = "g%d"\ncount = 3\ndemand = 80\n[[domains]]\nname = "h"\naffinity = "0-1"\ndemand = 60\n',
      { uri },
    );
    expect(backgroundsIn(await statusJson(sim))).toEqual([0, 0, 0, 0]);
  });
});

describe.each(places)('emulator and I/O threads (%s)', (uri) => {
  /** nfv has its vCPUs on 1 and 2, and its emulator alone on 3; two others crowd 0. */
  const nfv = (emulator: string) => `pcpus = 4
[[domains]]
name = "nfv"
vcpus = 2
affinity = [1, 2]
demand = 90
${emulator}
[[domains]]
name = "g%d"
count = 2
affinity = 0
demand = 90
`;

  test('a pCPU that the configuration gives to them alone is for nobody else, though it is idle', async () => {
    const sim = simInMemory(nfv('emulatorpin = 3'), { uri });
    expect(targetsIn(await planJson(sim))).not.toContain(3);
    await balance(sim);
    const shared = ['g1/0', 'g2/0', 'nfv/0', 'nfv/1'].map((name) => affinitiesOf(sim)[name]);
    expect(shared).not.toContain('3');
    expect(vcpuIn(await statusJson(sim), 'g1/0').limits).toMatch(/nfv|dedicated|emulator/);
  });

  test('--dedicated share lets others have it', async () => {
    const plan = await planJson(simInMemory(nfv('emulatorpin = 3'), { uri }), '--dedicated', 'share');
    expect(movesIn(plan)).toEqual([expect.stringMatching(/^g[12]\/0 0>3$/)]);
  });

  test('that burn there are seen as its load, and told whose they are', async () => {
    const sim = simInMemory(nfv('emulatorpin = 3\nemulator = 95'), { uri });
    const status = await statusJson(sim, '--dedicated', 'share');
    expect(backgroundsIn(status)).toEqual([0, 0, 0, 95].map(about));
    expect(status.overheads).toEqual([
      { domain: expect.objectContaining({ name: 'nfv' }), overheadPct: about(95) },
    ]);
    expect((await sim.vcpusched('status')).out).toMatch(/nfv 9[456] %/);
    expect(targetsIn(await planJson(sim, '--dedicated', 'share'))).not.toContain(3);
  });

  test('that may run wherever its vCPUs may are no reason to keep others away', async () => {
    const sim = simInMemory(nfv('emulatorpin = "0-3"'), { uri });
    expect(movesIn(await planJson(sim))).toEqual([expect.stringMatching(/^g[12]\/0 0>3$/)]);
  });

  test('that burn elsewhere than its vCPUs are: that pCPU has no room', async () => {
    const sim = simInMemory(
      `pcpus = 3
[[domains]]
name = "io"
affinity = 1
demand = 5
emulator = 80
[[domains]]
name = "g%d"
count = 4
affinity = 0
demand = 40
`,
      { uri },
    );
    // It has no <emulatorpin>: the kernel has it run where there is room.
    expect(loadsIn(await statusJson(sim))).toEqual([160, 5, 80].map(about));
    expect(movesIn(await planJson(sim))).toEqual(Array(2).fill(expect.stringMatching(/^g\d\/0 0>1$/)));
  });
});

describe.each(places)('vCPUs of a real-time class (%s)', (uri) => {
  /** rt polls on pCPU 2; two guests of 90 % crowd 0, and the other pCPUs have little room. */
  const thirteen = (rt: string) => `pcpus = 4
[[domains]]
name = "rt"
${rt}
[[domains]]
name = "g%d"
count = 3
affinity = 0
demand = 60
[[domains]]
name = "c"
affinity = 1
demand = 40
[[domains]]
name = "d"
affinity = 3
demand = 40
`;

  test.each([
    ['fifo, 30 %', 'realtime = "fifo"\ndemand = 30\naffinity = 2'],
    ['fifo, idle', 'realtime = "fifo"\ndemand = 0\naffinity = 2'],
    ['rr, busy', 'realtime = "rr"\ndemand = 100\naffinity = 2'],
    [
      'by priority',
      'realtime = { scheduler = "fifo", vcpus = "0", priority = 50 }\ndemand = 10\naffinity = 2',
    ],
  ])('%s: they neither move nor get company', async (_, rt) => {
    const sim = simInMemory(thirteen(rt), { uri });
    const plan = await planJson(sim);
    expect(plan.moves.length).toBeGreaterThan(0);
    expect(targetsIn(plan)).not.toContain(2);
    expect(movesIn(plan)).toSatisfy((all: string[]) => all.every((move) => !move.startsWith('rt')));
    await balance(sim);
    const { 'rt/0': rtAt, ...others } = affinitiesOf(sim);
    expect(rtAt).toBe('2');
    expect(Object.values(others)).not.toContain('2');
  });

  test('only some vCPUs of a domain: the others are as any', async () => {
    const sim = simInMemory(
      `pcpus = 3
[[domains]]
name = "mixed"
vcpus = 3
affinity = [1, 0, 0]
realtime = { scheduler = "fifo", vcpus = "0" }
demand = 60
`,
      { uri },
    );
    expect(movesIn(await planJson(sim))).toEqual([expect.stringMatching(/^mixed\/[12] 0>2$/)]);
  });

  test('one that floats is left as it is, and nobody is put where it runs', async () => {
    const sim = simInMemory(thirteen('realtime = "fifo"\ndemand = 70'), { uri });
    sim.pass(5);
    const status = await statusJson(sim);
    const at = status.pcpus.findIndex(({ loadPct }) => loadPct > 69 && loadPct < 71);
    expect(at).toBe(2);
    const plan = await planJson(sim);
    expect(movesIn(plan)).toSatisfy((all: string[]) => all.every((move) => !move.startsWith('rt')));
    expect(targetsIn(plan)).not.toContain(2);
    expect(plan.moves.length).toBeGreaterThan(0);
  });

  test('the only pCPU with room is that of one: others stay crowded', async () => {
    const sim = simInMemory(
      'pcpus = 2\n[[domains]]\nname = "rt"\nrealtime = "fifo"\naffinity = 1\ndemand = 5\n[[domains]]\nname = "g%d"\ncount = 3\naffinity = 0\ndemand = 90\n',
      { uri },
    );
    expect(await balance(sim)).toBe(0);
  });
});

describe.each(places)('dedicated pCPUs (%s)', (uri) => {
  const owner = (pins: string) => `pcpus = 4
[[domains]]
name = "owner"
vcpus = 2
${pins}
demand = 20
[[domains]]
name = "g%d"
count = 3
affinity = 0
demand = 60
`;
  test('one vCPU, one pCPU: the others are for the rest', async () => {
    const sim = simInMemory(owner('vcpupin = [2, 3]'), { uri });
    await balance(sim);
    expect(affinitiesOf(sim)).toMatchObject({ 'owner/0': '2', 'owner/1': '3' });
    expect(Object.values(affinitiesOf(sim)).sort()).toEqual(['0', '0', '1', '2', '3']);
  });

  test('pinned to several pCPUs, it owns none', async () => {
    const sim = simInMemory(owner('vcpupin = "2-3"'), { uri });
    const plan = await planJson(sim);
    expect(targetsIn(plan).some((pcpu) => pcpu >= 2)).toBe(true);
  });

  test('a domain that is shut off owns none', async () => {
    const sim = simInMemory(`${owner('vcpupin = [2, 3]\nstate = "shutoff"')}`, { uri });
    await balance(sim);
    const { 'owner/0': _0, 'owner/1': _1, ...shared } = affinitiesOf(sim);
    expect(new Set(Object.values(shared)).size).toBe(3);
  });

  test('guests that crowd an owned pCPU are moved away from it', async () => {
    const sim = simInMemory(
      'pcpus = 4\n[[domains]]\nname = "owner"\nvcpupin = 2\ndemand = 60\n[[domains]]\nname = "g"\naffinity = 2\ndemand = 60\n',
      { uri },
    );
    expect(movesIn(await planJson(sim))).toEqual([expect.stringMatching(/^g\/0 2>[013]$/)]);
  });
});

describe('fast and slow pCPUs', () => {
  /** Two cores of two threads (0-3) and four slow cores (4-7), as capabilities has them. */
  const separate = (command: string, { stdout = '', ...said }: Said): Said | undefined =>
    command === 'capabilities'
      ? {
          ...said,
          stdout: stdout.replaceAll(
            /core_id='\d+' siblings='(\d)-(\d)'(?<=<cpu id='([4-7])'.*)/g,
            (_, __, ___, id) => `core_id='${id}' siblings='${id}'`,
          ),
        }
      : undefined;
  const hybrid = (share: number) => `
capacity = { "4-7" = ${share} }
[topology]
cores = 4
threads = 2
numbering = "siblings-adjacent"
[[domains]]
name = "heavy%d"
count = 2
affinity = [0, 2]
demand = 95
[[domains]]
name = "light%d"
count = 4
affinity = [1, 1, 3, 3]
demand = 20
`;
  const online = { '/sys/devices/system/cpu/online': '0-7\n' };
  const perCpu = (name: string, fast: number, slow: number) => ({
    ...online,
    ...Object.fromEntries(
      [0, 1, 2, 3, 4, 5, 6, 7].map((cpu) => [
        `/sys/devices/system/cpu/cpu${cpu}/${name}`,
        `${cpu < 4 ? fast : slow}\n`,
      ]),
    ),
  });

  test.each<[string, Parameters<typeof simInMemory>[1], readonly string[]]>([
    ['cpu_capacity', { files: perCpu('cpu_capacity', 1024, 512) }, []],
    ['the greatest frequency', { files: perCpu('cpufreq/cpuinfo_max_freq', 5_000_000, 2_500_000) }, []],
    ['--capacity, remotely', { uri: 'qemu+ssh://far.example/system' }, ['--capacity', '4-7=0.5']],
    ['--capacity, locally', {}, ['--capacity', '4-5=0.5', '--capacity', '6,7=0.5']],
  ])('by %s: the heavy guests stay on fast cores, light ones go to slow ones', async (_, options, args) => {
    const sim = simInMemory(hybrid(0.5), { ...options, edit: separate });
    const plan = await planJson(sim, ...args);
    expect(plan.moves.length).toBeGreaterThan(1);
    expect(movesIn(plan)).toSatisfy((all: string[]) =>
      all.every((move) => /^light\d\/0 [13]>[4-7]$/.test(move)),
    );
    await balance(sim, ...args);
    const after = affinitiesOf(sim);
    expect([after['heavy1/0'], after['heavy2/0']]).toEqual(['0', '2']);
  });

  test('a heavy guest on a slow core goes to a fast one that is idle', async () => {
    const sim = simInMemory(
      'pcpus = 4\ncapacity = { "2-3" = 0.4 }\n[[domains]]\nname = "heavy"\naffinity = 2\ndemand = 90\n',
      { uri: 'qemu+ssh://far.example/system' },
    );
    expect(movesIn(await planJson(sim, '--capacity', '2-3=0.4'))).toEqual([
      expect.stringMatching(/^heavy\/0 2>[01]$/),
    ]);
  });

  test('equal guests: a slow core gets fewer', async () => {
    const sim = simInMemory(
      'pcpus = 2\ncapacity = { "1" = 0.5 }\n[[domains]]\nname = "g%d"\ncount = 6\naffinity = 0\ndemand = 20\n',
      { uri: 'qemu+ssh://far.example/system' },
    );
    await balance(sim, '--capacity', '1=0.5');
    expect(Object.values(affinitiesOf(sim)).sort()).toEqual(['0', '0', '0', '0', '1', '1']);
  });
});

test('a host with all of it at once: only what is free is filled', async () => {
  const sim = simInMemory(
    `pcpus = 8
[[background]]
pcpus = "1"
demand = 90
[[domains]]
name = "rt"
realtime = "fifo"
affinity = 2
demand = 10
[[domains]]
name = "owner"
vcpupin = 3
demand = 10
[[domains]]
name = "nfv"
affinity = 4
demand = 90
emulatorpin = 5
[[domains]]
name = "g%d"
count = 6
affinity = 0
demand = 45
`,
    { uri: 'qemu+ssh://far.example/system' },
  );
  await balance(sim);
  const shared = Object.entries(affinitiesOf(sim)).filter(([name]) => name.startsWith('g'));
  expect(shared.map(([, cpus]) => cpus).sort()).toEqual(['0', '0', '6', '6', '7', '7']);
});
