import { describe, expect, test } from 'vitest';
import { affinitiesOf, movesIn, planJson, simInMemory } from '../support/sim-in-memory.ts';
import type { Said } from '../support/virsh-of.ts';

// What may move where, as only the live host shows it.

/** The kernel gives vCPUs that nobody pinned only the first so many of eight pCPUs; XML does not say so. */
const grantedOnly =
  (mask: string) =>
  (command: string, { stdout = '', ...said }: Said): Said | undefined =>
    command.startsWith('vcpuinfo')
      ? {
          ...said,
          stdout: stdout.replaceAll('yyyyyyyy', mask).replaceAll(/^CPU: +[4-7]$/gm, 'CPU:            2'),
        }
      : undefined;

const targets = (moves: readonly string[]): number[] => moves.map((move) => Number(move.split('>')[1]));

describe('vCPUs that nobody pinned show what the host gives them', () => {
  const six = (demand: number) => `pcpus = 8\n[[domains]]\nname = "web%d"\ncount = 6\ndemand = ${demand}\n`;

  test('over a remote connection: nothing goes to the isolated pCPUs', async () => {
    const sim = simInMemory(six(85), { uri: 'qemu+ssh://far.example/system', edit: grantedOnly('yyyy----') });
    const plan = await planJson(sim);
    expect(plan.moves.length).toBeGreaterThan(0);
    expect(targets(movesIn(plan))).toSatisfy((all: number[]) => all.every((pcpu) => pcpu < 4));
    expect(plan.vcpus.map(({ allowed }) => allowed)).toEqual(Array(6).fill('0-3'));
    expect(plan.vcpus.map(({ limits }) => limits)).toSatisfy((all: (string | null)[]) =>
      all.every((limits) => limits?.startsWith('0-3 (')),
    );
  });

  test('and what one of them shows counts for those of its partition that are pinned', async () => {
    const scenario = `pcpus = 8
[[domains]]
name = "free"
demand = 20
[[domains]]
name = "pinned%d"
count = 6
affinity = 0
demand = 60
`;
    const sim = simInMemory(scenario, {
      uri: 'qemu+ssh://far.example/system',
      edit: grantedOnly('yyyy----'),
    });
    const plan = await planJson(sim);
    expect(plan.moves.length).toBeGreaterThan(2);
    expect(targets(movesIn(plan))).toSatisfy((all: number[]) => all.every((pcpu) => pcpu < 4));
  });

  test('a slice of isolated pCPUs is the word of the administrator', async () => {
    const scenario = `pcpus = 8
[[domains]]
name = "nort"
vcpus = 4
demand = 94
[[domains]]
name = "sys"
affinity = "0-1"
demand = 10
`;
    const partition = (command: string, { stdout = '', ...said }: Said): Said | undefined => {
      const isNort = stdout.includes('<name>nort</name>');
      if (command.startsWith('dumpxml') && !command.includes('--inactive') && isNort)
        return {
          ...said,
          stdout: stdout.replace(
            '<os>',
            '<resource>\n    <partition>/machine/nort</partition>\n  </resource>\n  <os>',
          ),
        };
      if (command.startsWith('vcpuinfo') && /VCPU: +3/.test(stdout))
        return {
          ...said,
          stdout: stdout.replaceAll('yyyyyyyy', '----yyyy').replaceAll(/^CPU: +\d$/gm, 'CPU:            4'),
        };
      return undefined;
    };
    const sim = simInMemory(scenario, {
      edit: partition,
      files: {
        '/sys/devices/system/cpu/online': '0-7\n',
        '/sys/devices/system/cpu/isolated': '2-7\n',
        '/sys/fs/cgroup/machine.slice/machine-nort.slice/cpuset.cpus.effective': '4-7\n',
      },
    });
    const moves = movesIn(await planJson(sim));
    const nort = moves.filter((move) => move.startsWith('nort/'));
    expect(targets(nort).sort()).toEqual([4, 5, 6, 7]);
    expect(targets(moves.filter((move) => move.startsWith('sys/')))).toSatisfy((all: number[]) =>
      all.every((pcpu) => pcpu < 2),
    );
  });
});

describe('a live range that vcpusched has not set', () => {
  const pool = `pcpus = 4
[[domains]]
name = "owner"
vcpus = 2
transient = true
affinity = [2, 3]
demand = 30
[[domains]]
name = "shared%d"
count = 3
transient = true
affinity = "0-1"
demand = 85
`;
  test('is a limit', async () => {
    const plan = await planJson(simInMemory(pool));
    expect(plan.moves.length).toBeGreaterThan(0);
    expect(targets(movesIn(plan))).toSatisfy((all: number[]) => all.every((pcpu) => pcpu < 2));
    expect(movesIn(plan)).toSatisfy((all: string[]) => all.every((move) => move.startsWith('shared')));
  });

  test('with --foreign adopt is none', async () => {
    const plan = await planJson(simInMemory(pool), '--foreign', 'adopt');
    expect(targets(movesIn(plan)).some((pcpu) => pcpu >= 2)).toBe(true);
  });

  test('that vcpusched has set is none: vCPUs that it pinned can be moved again', async () => {
    const sim = simInMemory(
      'pcpus = 4\n[[domains]]\nname = "g%d"\ncount = 4\nvcpus = 2\naffinity = 0\ndemand = 45\n',
    );
    await sim.vcpusched('once', '--granularity', 'cell');
    const plan = await planJson(sim);
    expect(plan.vcpus.map(({ allowed }) => allowed)).toEqual(Array(8).fill('0-3'));
  });

  test('of one pCPU is none: stale pins are what there is to repair', async () => {
    const plan = await planJson(
      simInMemory(
        'pcpus = 4\n[[domains]]\nname = "g%d"\ncount = 4\ntransient = true\naffinity = 1\ndemand = 60\n',
      ),
    );
    expect(plan.vcpus.map(({ allowed }) => allowed)).toEqual(Array(4).fill('0-3'));
    expect(plan.moves.length).toBeGreaterThan(2);
  });
});

describe('pCPUs that a configuration dedicates', () => {
  const dedicated = `pcpus = 4
[[domains]]
name = "owner"
vcpus = 2
vcpupin = [2, 3]
demand = 30
[[domains]]
name = "shared%d"
count = 2
affinity = 0
demand = 90
[[domains]]
name = "other"
affinity = 1
demand = 80
`;
  test('are for nobody else', async () => {
    const plan = await planJson(simInMemory(dedicated));
    expect(targets(movesIn(plan))).toSatisfy((all: number[]) => all.every((pcpu) => pcpu < 2));
    expect(plan.vcpus.filter(({ domain }) => domain.name !== 'owner').map(({ allowed }) => allowed)).toEqual([
      '0-1',
      '0-1',
      '0-1',
    ]);
  });

  test('with --dedicated share are for all', async () => {
    const plan = await planJson(simInMemory(dedicated), '--dedicated', 'share');
    expect(targets(movesIn(plan)).some((pcpu) => pcpu >= 2)).toBe(true);
    expect(movesIn(plan)).toSatisfy((all: string[]) => all.every((move) => !move.startsWith('owner')));
  });
});

describe('pCPUs that libvirt refuses', () => {
  const crowded = 'pcpus = 8\n[[domains]]\nname = "g%d"\ncount = 8\naffinity = "in-turn:0-1"\ndemand = 94\n';
  const refusing = (command: string): Said | undefined =>
    /--cpulist [4-7]/.test(command)
      ? { stderr: 'error: cannot set CPU affinity on process 4711: Invalid argument\n' }
      : undefined;
  const tried = (calls: readonly (readonly string[])[]) =>
    calls.flat().filter((command) => /vcpupin.*--cpulist [4-7]/.test(command)).length;

  test('are learned in one run, and known to the next', async () => {
    const sim = simInMemory(crowded, { instead: refusing });
    await sim.vcpusched('once');
    expect(Object.values(affinitiesOf(sim)).sort()).toEqual(['0', '0', '1', '1', '2', '2', '3', '3']);
    expect(tried(sim.calls)).toBeLessThanOrEqual(8);
    const before = tried(sim.calls);
    const { status, err } = await sim.vcpusched('once');
    expect([status, err]).toEqual([0, '']);
    expect(tried(sim.calls)).toBe(before);
  });
});

test('numad has chosen the cells of its memory: the affinity shows them', async () => {
  const scenario = `
[topology]
cells = 2
cores = 4
[[domains]]
name = "auto"
vcpus = 2
affinity = "4-7"
demand = 70
[[domains]]
name = "busy%d"
count = 4
affinity = "in-turn:4-7"
demand = 70
`;
  const sim = simInMemory(scenario, {
    edit: (command, { stdout = '', ...said }) =>
      command.startsWith('dumpxml') && stdout.includes('<name>auto</name>')
        ? {
            ...said,
            stdout: stdout
              .replace("placement='static'", "placement='auto'")
              .replace(/ {2}<cputune>[\s\S]*?<\/cputune>\n/, '')
              .replace(
                '<os>',
                "<numatune>\n    <memory mode='strict' placement='auto'/>\n  </numatune>\n  <os>",
              ),
          }
        : undefined,
  });
  const moves = movesIn(await planJson(sim, '--numa', 'ignore')).filter((move) => move.startsWith('auto'));
  expect(targets(moves)).toSatisfy((all: number[]) => all.every((pcpu) => pcpu >= 4));
});

test('pCPUs of a configured cpuset that are offline are left out; a vCPU that has no other is left alone', async () => {
  const scenario = `pcpus = 16
offline = "4-7,12-15"
[[domains]]
name = "half"
vcpus = 2
cpuset = "2-5"
affinity = 2
demand = 95
[[domains]]
name = "gone"
vcpupin = 13
demand = 60
`;
  const plan = await planJson(simInMemory(scenario));
  expect(movesIn(plan)).toEqual([expect.stringMatching(/^half\/[01] 2>3$/)]);
  expect(plan.leftAlone.map(({ domain }) => domain.name)).toEqual(['gone']);
});
