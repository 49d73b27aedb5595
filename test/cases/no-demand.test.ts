import { describe, expect, test } from 'vitest';
import {
  about,
  affinitiesOf,
  backgroundsIn,
  balance,
  loadsIn,
  movesIn,
  pinsIn,
  planJson,
  simInMemory,
  statusJson,
  targetsIn,
  vcpuIn,
} from '../support/sim-in-memory.ts';
import type { Said } from '../support/virsh-of.ts';

// Demand that is none: what a quota throttles, and what KVM polls.

const places = ['qemu:///system', 'qemu+ssh://far.example/system'];

describe.each(places)('a quota caps demand (%s)', (uri) => {
  /** Four guests that would take all they get, 20 % each; two pairs of free ones on a pCPU each. */
  const twelve = `pcpus = 6
[[domains]]
name = "capped-%d"
count = 4
affinity = "in-turn:0-3"
demand = 100
quota = 20
[[domains]]
name = "free-%d"
count = 4
affinity = "in-turn:4-5"
demand = 100
`;

  test('status: the pCPU carries the cap, and what is above it is throttled, not waiting', async () => {
    const sim = simInMemory(twelve, { uri });
    const status = await statusJson(sim);
    expect(loadsIn(status)).toEqual([20, 20, 20, 20, 200, 200].map(about));
    expect(vcpuIn(status, 'capped-1/0')).toMatchObject({
      usagePct: about(20),
      demandPct: about(20),
      capPct: 20,
      delayPct: about(0),
    });
    expect(vcpuIn(status, 'capped-1/0').throttledPct).toEqual(about(80));
    expect(vcpuIn(status, 'free-1/0')).toMatchObject({
      demandPct: about(100),
      capPct: null,
      throttledPct: null,
    });
    const { out } = await sim.vcpusched('status');
    expect(out.match(/cap 20 %/g)).toHaveLength(4);
  });

  test('plan: a free guest of each crowded pCPU takes the room beside a capped one', async () => {
    const plan = await planJson(simInMemory(twelve, { uri }));
    const free = plan.moves.filter(({ domain }) => domain.name.startsWith('free'));
    expect(free.map(({ from }) => from).sort()).toEqual(['4', '5']);
    expect(free.map(({ to }) => Number(to))).toSatisfy((to: number[]) => to.every((pcpu) => pcpu < 4));
  });

  test('once: each free guest has a pCPU of its own but for capped ones; then nothing moves', async () => {
    const sim = simInMemory(twelve, { uri });
    expect(await balance(sim)).toBe(1);
    const after = affinitiesOf(sim);
    expect(new Set([1, 2, 3, 4].map((n) => after[`free-${n}/0`])).size).toBe(4);
    sim.pass(10);
    const status = await statusJson(sim);
    expect(loadsIn(status)).toSatisfy((all: number[]) => all.every((load) => load < 121.5));
  });

  test('alone on their pCPUs, capped guests are no reason to move anything', async () => {
    const sim = simInMemory(
      'pcpus = 4\n[[domains]]\nname = "c%d"\ncount = 4\naffinity = "in-turn"\ndemand = 100\nquota = 35\n',
      { uri },
    );
    expect(await balance(sim)).toBe(0);
  });

  test.each([
    ['a share of one', 'quota = 15', 15],
    ['quota and period', 'quota = { quota = 5000, period = 20000 }', 25],
    ['of all vCPUs together', 'quota = { domain = 60 }', 20],
    ['both, the own one less', 'quota = { vcpu = 10, domain = 60 }', 10],
    ['both, the common one less', 'quota = { vcpu = 50, domain = 60 }', 20],
  ])('three vCPUs: %s', async (_, quota, each) => {
    const sim = simInMemory(
      `pcpus = 4\n[[domains]]\nname = "g"\nvcpus = 3\naffinity = [0, 1, 2]\ndemand = 100\n${quota}\n`,
      { uri },
    );
    const status = await statusJson(sim);
    expect(loadsIn(status)).toEqual([each, each, each, 0].map(about));
    for (const vcpu of [0, 1, 2]) {
      const shown = vcpuIn(status, `g/${vcpu}`);
      expect(shown.demandPct).toEqual(about(each));
      expect(shown.throttledPct).toEqual(about(100 - each));
    }
    expect(await balance(sim)).toBe(0);
  });

  test.each([
    ['a whole pCPU and more', 'quota = 150', 100],
    ['all vCPUs together more than they can use', 'quota = { domain = 200 }', 100],
    ['above what it wants', 'quota = 70', 60],
  ])('%s caps nothing: two such on one pCPU starve, and are parted', async (_, quota, demand) => {
    const sim = simInMemory(
      `pcpus = 2\n[[domains]]\nname = "g%d"\ncount = 2\naffinity = 0\ndemand = ${demand}\n${quota}\n`,
      { uri },
    );
    const status = await statusJson(sim);
    expect(loadsIn(status)).toEqual([2 * demand, 0].map(about));
    expect(vcpuIn(status, 'g1/0').throttledPct ?? 0).toBe(0);
    expect(await balance(sim)).toBe(1);
    expect(new Set(Object.values(affinitiesOf(sim)))).toEqual(new Set(['0', '1']));
  });

  test('below their caps guests starve as others do: four of 40 % on one pCPU are spread', async () => {
    const sim = simInMemory(
      'pcpus = 4\n[[domains]]\nname = "g%d"\ncount = 4\naffinity = 0\ndemand = 100\nquota = 40\n',
      { uri },
    );
    const status = await statusJson(sim);
    expect(loadsIn(status)).toEqual([160, 0, 0, 0].map(about));
    expect(await balance(sim)).toBe(1);
    expect(new Set(Object.values(affinitiesOf(sim))).size).toBe(4);
    sim.pass(5);
    expect(loadsIn(await statusJson(sim))).toEqual([40, 40, 40, 40].map(about));
  });

  test('one of two vCPUs waits for others: what the emulator runs is of the common quota, too', async () => {
    const sim = simInMemory(
      `pcpus = 3
[[domains]]
name = "g"
vcpus = 2
affinity = [0, 1]
demand = 100
emulator = 20
emulatorpin = 2
quota = { domain = 100 }
`,
      { uri },
    );
    const status = await statusJson(sim);
    expect(vcpuIn(status, 'g/0').demandPct).toEqual(about(40));
    expect(vcpuIn(status, 'g/1').demandPct).toEqual(about(40));
  });
});

test('a quota that is changed counts a minute later', async () => {
  let seconds = 0;
  const withoutQuota = (command: string, { stdout = '', ...said }: Said): Said | undefined =>
    command.startsWith('dumpxml') && seconds < 60
      ? { ...said, stdout: stdout.replace(/<quota>\d+<\/quota>/, '<quota>-1</quota>') }
      : undefined;
  const sim = simInMemory(
    'pcpus = 2\n[[domains]]\nname = "g"\naffinity = 0\ndemand = 100\nquota = 20\n[[domains]]\nname = "h"\naffinity = 1\ndemand = 50\n',
    {
      edit: (command, said) => {
        seconds = sim.host().nowNs / 1e9;
        return withoutQuota(command, said);
      },
    },
  );
  const { out } = await sim.vcpusched('watch', '10', '--cycles', '14', '--json');
  const demands = out
    .trim()
    .split('\n')
    .map((line) => Math.round(vcpuIn(JSON.parse(line), 'g/0').demandPct ?? -1));
  expect(demands.slice(0, 4)).toEqual([100, 100, 100, 100]);
  expect(demands.slice(-2)).toEqual([20, 20]);
});

describe.each(places)('halt polling is no demand (%s)', (uri) => {
  /** poll runs 60 % of pCPU 0, of which 50 % are polling; z has no room beside w-1. */
  const polling = `pcpus = 4
[[domains]]
name = "poll"
affinity = 0
demand = 10
polling = 50
[[domains]]
name = "w-%d"
count = 3
affinity = "in-turn:1-3"
demand = 70
[[domains]]
name = "z"
affinity = 1
demand = 45
`;

  test('status shows what is left', async () => {
    const status = await statusJson(simInMemory(polling, { uri }));
    expect(vcpuIn(status, 'poll/0')).toMatchObject({
      demandPct: about(10),
      usagePct: about(10),
      polledPct: about(50),
    });
    expect(loadsIn(status)).toEqual([10, 115, 70, 70].map(about));
    expect(backgroundsIn(status)).toEqual([0, 0, 0, 0]);
  });

  test('what has no room elsewhere goes beside it', async () => {
    const sim = simInMemory(polling, { uri });
    expect(movesIn(await planJson(sim))).toEqual(['z/0 1>0']);
    expect(await balance(sim)).toBe(1);
    sim.pass(5);
    const status = await statusJson(sim);
    expect(loadsIn(status)).toEqual([55, 70, 70, 70].map(about));
  });

  test.each([
    [90, 'z'],
    [60, 'z'],
  ])('beside a guest of %i %% it gives way: nobody starves, nothing moves', async (beside) => {
    const sim = simInMemory(
      `pcpus = 2\n[[domains]]\nname = "poll"\naffinity = 0\ndemand = 10\npolling = 60\n[[domains]]\nname = "z"\naffinity = 0\ndemand = ${beside}\n[[domains]]\nname = "o"\naffinity = 1\ndemand = ${beside}\n`,
      { uri },
    );
    expect(loadsIn(await statusJson(sim))).toEqual([beside + 10, beside].map(about));
    expect(await balance(sim)).toBe(0);
  });

  test('eight that poll all the time are an idle host', async () => {
    const sim = simInMemory(
      'pcpus = 4\n[[domains]]\nname = "idle%d"\ncount = 8\naffinity = [0, 0, 0, 0, 0, 1, 2, 3]\ndemand = 2\npolling = 95\n',
      { uri },
    );
    const status = await statusJson(sim);
    expect(loadsIn(status)).toEqual([10, 2, 2, 2].map(about));
    const plan = await planJson(sim);
    expect(plan.moves).toEqual([]);
    expect(pinsIn(sim)).toBe(0);
  });

  test('with a quota: what is left below the cap is demand', async () => {
    const sim = simInMemory(
      'pcpus = 2\n[[domains]]\nname = "g"\naffinity = 0\ndemand = 100\nquota = 30\npolling = 40\n[[domains]]\nname = "p"\naffinity = 1\ndemand = 5\npolling = 50\nquota = 40\n',
      { uri },
    );
    const status = await statusJson(sim);
    expect(loadsIn(status)).toEqual([30, 5].map(about));
    expect(await balance(sim)).toBe(0);
  });
});

test('a host with quotas, polling and processes of its own at once', async () => {
  const sim = simInMemory(`pcpus = 4
[[background]]
pcpus = "3"
demand = 80
[[domains]]
name = "capped"
affinity = 0
demand = 100
quota = 15
[[domains]]
name = "poll"
affinity = 1
demand = 5
polling = 60
[[domains]]
name = "busy%d"
count = 3
affinity = 2
demand = 60
`);
  const status = await statusJson(sim);
  expect(loadsIn(status)).toEqual([15, 5, 180, 80].map(about));
  const plan = await planJson(sim);
  expect(targetsIn(plan)).not.toContain(3);
  expect(await balance(sim)).toBe(1);
  const after = affinitiesOf(sim);
  expect([after['busy1/0'], after['busy2/0'], after['busy3/0']].sort()).toEqual(['0', '1', '2']);
});
