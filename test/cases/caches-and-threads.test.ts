import { describe, expect, test } from 'vitest';
import { affinitiesOf, balance, movesIn, planJson, simInMemory } from '../support/sim-in-memory.ts';

// Below the cell: L3 caches, clusters, and the threads of a core.

const places = ['qemu:///system', 'qemu+ssh://far.example/system'];

/** The parts of the host that the vCPUs of a domain are in, where each has so many pCPUs in a row. */
function partsOf(after: Readonly<Record<string, string>>, name: string, size: number): readonly number[] {
  const own = Object.entries(after).filter(([vcpu]) => vcpu.startsWith(`${name}/`));
  return [...new Set(own.map(([, cpus]) => Math.floor(Number(cpus) / size)))].sort();
}

const distinct = (after: Readonly<Record<string, string>>, name: string) =>
  new Set(Object.entries(after).flatMap(([vcpu, cpus]) => (vcpu.startsWith(`${name}/`) ? [cpus] : []))).size;

describe.each(places)('L3 caches (%s)', (uri) => {
  /** One cell of 16 cores under four L3 caches. Small guests keep some pCPUs busy. */
  const epyc = (below: string, busy: string, guests: string) => `
[topology]
cores = 16
${below}
[[domains]]
name = "small-%d"
count = ${busy.split(',').length}
affinity = "in-turn:${busy}"
demand = 95
${guests}
`;
  const four = '[[domains]]\nname = "float"\nvcpus = 4\ndemand = 90\n';

  test.each([
    ['the last is empty', '0,1,4,5,8,9', 3],
    ['the first is empty', '4,5,8,9,12,13', 0],
    ['all others are full', '0-3,4-7,12-15', 2],
    ['all others have room for three', '0,4,12', 2],
  ])('a guest of four: %s', async (_, busy, bank) => {
    const expanded = busy
      .split(',')
      .flatMap((part) => {
        const [from = 0, to = from] = part.split('-').map(Number);
        return Array.from({ length: to - from + 1 }, (_, i) => from + i);
      })
      .join(',');
    const sim = simInMemory(epyc('l3s = 4', expanded, four), { uri });
    await balance(sim);
    expect(partsOf(affinitiesOf(sim), 'float', 4)).toEqual([bank]);
    expect(distinct(affinitiesOf(sim), 'float')).toBe(4);
  });

  test('a guest of six on banks of four is under two', async () => {
    const sim = simInMemory(epyc('l3s = 4', '0,4', '[[domains]]\nname = "float"\nvcpus = 6\ndemand = 80\n'), {
      uri,
    });
    await balance(sim);
    expect(partsOf(affinitiesOf(sim), 'float', 4)).toHaveLength(2);
    expect(distinct(affinitiesOf(sim), 'float')).toBe(6);
  });

  test('three guests of four are under a bank each', async () => {
    const sim = simInMemory(
      epyc('l3s = 4', '15', '[[domains]]\nname = "g%d"\ncount = 3\nvcpus = 4\ndemand = 80\n'),
      { uri },
    );
    await balance(sim);
    const after = affinitiesOf(sim);
    const parts = ['g1', 'g2', 'g3'].map((name) => partsOf(after, name, 4));
    expect(parts.flat().sort()).toEqual([0, 1, 2]);
  });

  test('banks whose pCPUs are not in a row', async () => {
    const sim = simInMemory(
      epyc('l3s = ["0-1,8-9", "2-3,10-11", "4-5,12-13", "6-7,14-15"]', '0,8,2,10,6,14', four),
      { uri },
    );
    await balance(sim);
    expect(
      Object.entries(affinitiesOf(sim))
        .flatMap(([name, cpus]) => (name.startsWith('float') ? [cpus] : []))
        .sort(),
    ).toEqual(['12', '13', '4', '5']);
  });

  test('--l3 strict never leaves a bank, --l3 ignore does as it likes: each vCPU has a pCPU of its own', async () => {
    for (const l3 of ['strict', 'ignore']) {
      const sim = simInMemory(epyc('l3s = 4', '0,1,4,5,8,9', four), { uri });
      await balance(sim, '--l3', l3);
      const after = affinitiesOf(sim);
      if (l3 === 'strict') expect(partsOf(after, 'float', 4)).toEqual([3]);
      expect(new Set(Object.values(after)).size).toBe(10);
    }
  });

  test('a guest under one bank that starves there goes on under two, softly', async () => {
    const sim = simInMemory(
      '[topology]\ncores = 8\nl3s = 2\n[[domains]]\nname = "g"\nvcpus = 6\naffinity = [0, 1, 2, 3, 0, 1]\ndemand = 90\n',
      { uri },
    );
    await sim.vcpusched('watch', '2', '--cycles', '12');
    expect(distinct(affinitiesOf(sim), 'g')).toBe(6);
    expect(partsOf(affinitiesOf(sim), 'g', 4)).toEqual([0, 1]);
  });

  test('--granularity l3 pins to a whole bank', async () => {
    const sim = simInMemory(
      '[topology]\ncores = 8\nl3s = 2\n[[domains]]\nname = "g%d"\ncount = 2\nvcpus = 3\naffinity = "0-3"\ndemand = 90\n',
      { uri },
    );
    await balance(sim, '--granularity', 'l3', '--foreign', 'adopt');
    const after = affinitiesOf(sim);
    expect(new Set(Object.values(after))).toEqual(new Set(['0-3', '4-7']));
  });

  test('clusters count likewise', async () => {
    const sim = simInMemory(epyc('clusters = 4', '0,1,4,5,8,9', four), { uri });
    await balance(sim);
    expect(partsOf(affinitiesOf(sim), 'float', 4)).toEqual([3]);
  });

  test('the host keeps a bank busy: a guest goes under another', async () => {
    const sim = simInMemory(
      epyc('l3s = 4', '0,1,4,5,8,9', `${four}[[background]]\npcpus = "12-13"\ndemand = 90\n`),
      { uri },
    );
    await balance(sim);
    const after = affinitiesOf(sim);
    expect(Object.values(after)).not.toContain('12');
    expect(Object.values(after)).not.toContain('13');
    expect(new Set(Object.values(after)).size).toBe(10);
  });

  test('memory strict in a cell and its L3s: both are kept', async () => {
    const sim = simInMemory(
      `[topology]
cells = 2
cores = 8
l3s = 2
[[domains]]
name = "g"
vcpus = 4
demand = 80
numatune = { nodeset = "1" }
[[domains]]
name = "w"
vcpus = 2
affinity = [8, 9]
demand = 80
`,
      { uri },
    );
    await balance(sim);
    expect(partsOf(affinitiesOf(sim), 'g', 4)).toEqual([3]);
  });
});

describe.each(places)('threads of guest cores (%s)', (uri) => {
  const smt = (cores: number, threads: number) => `[topology]\ncores = ${cores}\nthreads = ${threads}\n`;
  /** Whether the vCPUs of each guest core are on one host core, on a thread each. */
  const whole =
    (name: string, cores: number, threads: number) => (after: Readonly<Record<string, string>>) => {
      const own = Object.entries(after).flatMap(([vcpu, cpus]) =>
        vcpu.startsWith(`${name}/`) ? [Number(cpus)] : [],
      );
      return Array.from({ length: own.length / threads }, (_, i) =>
        own.slice(i * threads, (i + 1) * threads),
      ).every((core) => new Set(core.map((cpu) => cpu % cores)).size === 1 && new Set(core).size === threads);
    };

  test('two guest cores; another guest crowds the host core of one of them', async () => {
    const sim = simInMemory(
      `${smt(4, 2)}
[[domains]]
name = "smt"
vcpus = 4
guest-threads = 2
affinity = [0, 4, 1, 5]
demand = 50
[[domains]]
name = "x"
affinity = 0
demand = 85
[[domains]]
name = "y"
affinity = 4
demand = 40
`,
      { uri },
    );
    await balance(sim);
    const after = affinitiesOf(sim);
    expect(after).toSatisfy(whole('smt', 4, 2));
    const cores = [after['smt/0'], after['smt/2'], after['x/0']].map((cpu) => Number(cpu) % 4);
    expect(new Set(cores).size).toBe(3);
  });

  test.each([
    ['two threads, crowded on one core', 4, 2, 6, '[0, 4, 0, 4, 0, 4]'],
    ['two threads, floating', 4, 2, 6, '"all"'],
    ['four threads, crowded', 4, 4, 8, '[0, 4, 8, 12, 0, 4, 8, 12]'],
    ['four threads, floating', 4, 4, 8, '"all"'],
  ])('%s: each guest core has a host core of its own', async (_, cores, threads, vcpus, affinity) => {
    const sim = simInMemory(
      `${smt(cores, threads)}[[domains]]\nname = "g"\nvcpus = ${vcpus}\nguest-threads = ${threads}\naffinity = ${affinity}\ndemand = 60\n`,
      { uri },
    );
    await balance(sim);
    const after = affinitiesOf(sim);
    expect(after).toSatisfy(whole('g', cores, threads));
    expect(distinct(after, 'g')).toBe(vcpus);
  });

  test('a guest core that is parted moves whole, or not at all', async () => {
    const sim = simInMemory(
      `${smt(4, 2)}[[domains]]\nname = "g"\nvcpus = 4\nguest-threads = 2\naffinity = [0, 1, 0, 1]\ndemand = 60\n`,
      { uri },
    );
    await balance(sim);
    const after = affinitiesOf(sim);
    const cores = [0, 2].map((n) => [after[`g/${n}`], after[`g/${n + 1}`]]);
    expect(cores).toSatisfy((all: [string, string][]) =>
      all.every(([one, other]) => (one === '0' && other === '1') || Number(other) - Number(one) === 4),
    );
    expect(distinct(after, 'g')).toBe(4);
  });

  test.each([
    ['more than a core of the host has', smt(4, 2), 4],
    ['on a host without threads', 'pcpus = 8\n', 2],
  ])('guest threads, %s: they are balanced as any', async (_, host, threads) => {
    const sim = simInMemory(
      `${host}[[domains]]\nname = "g"\nvcpus = 4\nguest-threads = ${threads}\naffinity = 0\ndemand = 60\n`,
      { uri },
    );
    await balance(sim);
    expect(distinct(affinitiesOf(sim), 'g')).toBe(4);
  });

  test('guest threads under L3 caches: whole cores under one of them', async () => {
    const sim = simInMemory(
      `[topology]
cores = 8
threads = 2
l3s = 4
[[domains]]
name = "w"
vcpus = 4
affinity = [0, 1, 2, 6]
demand = 90
[[domains]]
name = "g"
vcpus = 4
guest-threads = 2
demand = 60
`,
      { uri },
    );
    await balance(sim);
    const after = affinitiesOf(sim);
    expect(after).toSatisfy(whole('g', 8, 2));
    expect(['g/0', 'g/1', 'g/2', 'g/3'].map((vcpu) => Number(after[vcpu]) % 8).sort()).toEqual([4, 4, 5, 5]);
  });
});

describe.each(places)('threads of host cores (%s)', (uri) => {
  test('two busy guests on the threads of one core: one gets a core of its own', async () => {
    const sim = simInMemory(
      '[topology]\ncores = 4\nthreads = 2\n[[domains]]\nname = "g%d"\ncount = 2\naffinity = "in-turn:0,4"\ndemand = 90\n[[domains]]\nname = "c"\naffinity = 1\ndemand = 10\n',
      { uri },
    );
    expect(movesIn(await planJson(sim))).toEqual([expect.stringMatching(/^g[12]\/0 [04]>[2367]$/)]);
    expect(await balance(sim)).toBe(1);
  });

  test('four on two cores of four: a core each', async () => {
    const sim = simInMemory(
      '[topology]\ncores = 4\nthreads = 2\nnumbering = "siblings-adjacent"\n[[domains]]\nname = "g%d"\ncount = 4\naffinity = "in-turn:0-3"\ndemand = 90\n',
      { uri },
    );
    expect(await balance(sim)).toBe(1);
    const cores = Object.values(affinitiesOf(sim)).map((cpu) => Math.floor(Number(cpu) / 2));
    expect(cores.sort()).toEqual([0, 1, 2, 3]);
  });

  test('the host keeps the other thread busy: a guest goes to a quiet core', async () => {
    const sim = simInMemory(
      '[topology]\ncores = 3\nthreads = 2\n[[background]]\npcpus = "3"\ndemand = 95\n[[domains]]\nname = "g"\naffinity = 0\ndemand = 90\n[[domains]]\nname = "c"\naffinity = 1\ndemand = 60\n',
      { uri },
    );
    expect(movesIn(await planJson(sim))).toEqual([expect.stringMatching(/^g\/0 0>[25]$/)]);
  });
});
