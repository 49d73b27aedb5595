import { describe, expect, test } from 'vitest';
import {
  affinitiesOf,
  balance,
  movesIn,
  planJson,
  simInMemory,
  statusJson,
  targetsIn,
  vcpuIn,
} from '../support/sim-in-memory.ts';
import type { Said } from '../support/virsh-of.ts';

// Where the memory of a domain is, and what that says of its vCPUs.

const places = ['qemu:///system', 'qemu+ssh://far.example/system'];

/** Changes what `capabilities` prints. */
const capabilities =
  (change: (xml: string) => string) =>
  (command: string, { stdout = '', ...said }: Said): Said | undefined =>
    command === 'capabilities' ? { ...said, stdout: change(stdout) } : undefined;

/** Cells without CPUs, in each of the forms that libvirt writes. */
const emptyCells = (...ids: readonly number[]) =>
  ids
    .map(
      (id, i) =>
        [
          `<cell id='${id}'><memory unit='KiB'>1048576</memory><cpus num='0'/></cell>`,
          `<cell id='${id}'><memory unit='KiB'>1048576</memory><cpus num='0'>\n</cpus></cell>`,
          `<cell id='${id}'>\n</cell>`,
        ][i % 3],
    )
    .join('\n');

const withCells = (...ids: readonly number[]) =>
  capabilities((xml) => xml.replace('</cells>', `${emptyCells(...ids)}</cells>`));

describe.each(places)('cells without CPUs (%s)', (uri) => {
  /** Two vCPUs of 95 % on pCPU 0, their memory strict in some cells. */
  const far = (numatune: string, topology = 'cores = 4') => `
[topology]
${topology}
[[domains]]
name = "far"
vcpus = 2
affinity = 0
demand = 95
numatune = ${numatune}
[[domains]]
name = "plain"
affinity = 1
demand = 10
`;

  test.each([
    ['strict in one', '{ nodeset = "1" }'],
    ['restrictive in one', '{ mode = "restrictive", nodeset = "1" }'],
    ['strict in several', '{ nodeset = "1-3" }'],
    ['strict in one and one with CPUs', '{ nodeset = "0-1" }'],
    ['preferred in one', '{ mode = "preferred", nodeset = "1" }'],
  ])('memory %s: the vCPUs are free, and balanced', async (_, numatune) => {
    const sim = simInMemory(far(numatune), { uri, edit: withCells(1, 2, 3) });
    const plan = await planJson(sim);
    expect(plan.leftAlone).toEqual([]);
    expect(vcpuIn(plan, 'far/0').allowed).toBe('0-3');
    expect(movesIn(plan)).toEqual([expect.stringMatching(/^far\/[01] 0>[23]$/)]);
    expect(await balance(sim)).toBe(1);
  });

  test('memory strict in one of two cells with CPUs, and in one without: the first counts', async () => {
    const sim = simInMemory(far('{ nodeset = "0,2" }', 'cells = 2\ncores = 4'), { uri, edit: withCells(2) });
    const plan = await planJson(sim);
    expect(vcpuIn(plan, 'far/0').allowed).toBe('0-3');
    expect(vcpuIn(plan, 'far/0').limits).toMatch(/^0-3 \(.*<numatune>/);
  });

  test('memory strict in cells that are not told: it is left alone, or stays where it is', async () => {
    const sim = simInMemory(far('{ nodeset = "9" }'), { uri });
    expect(targetsIn(await planJson(sim)).filter((pcpu) => pcpu > 3)).toEqual([]);
  });

  test('cells with gaps in their numbers, some without memory, some without CPUs', async () => {
    const scenario = `
[topology]
cells = 3
cores = 4
[[domains]]
name = "gpu"
vcpus = 2
affinity = 0
demand = 95
numatune = { nodeset = "0,252" }
[[domains]]
name = "nomem"
vcpus = 2
affinity = 4
demand = 95
numatune = { mode = "restrictive", nodeset = "4" }
`;
    const edit = capabilities((xml) =>
      xml
        .replace("<cell id='2'>", "<cell id='8'>")
        .replace(/<cell id='1'>\n *<memory.*\n/, "<cell id='4'>\n")
        .replace('</cells>', `${emptyCells(252, 253, 254, 255)}</cells>`),
    );
    const sim = simInMemory(scenario, { uri, edit });
    const plan = await planJson(sim);
    expect(plan.vcpus.map(({ domain, allowed }) => `${domain.name} ${allowed}`).sort()).toEqual([
      'gpu 0-3',
      'gpu 0-3',
      'nomem 4-7',
      'nomem 4-7',
    ]);
    expect([...movesIn(plan)].sort()).toEqual([
      expect.stringMatching(/^gpu\/[01] 0>[123]$/),
      expect.stringMatching(/^nomem\/[01] 4>[567]$/),
    ]);
    expect(await balance(sim)).toBe(1);
  });
});

describe.each(places)('memory of guest cells (%s)', (uri) => {
  const nodes = 'memnodes = [{ vcpus = "0-1", nodeset = "0" }, { vcpus = "2-3", nodeset = "1" }]';
  const big = (memory: string, affinity: string, others: string, demand = 75) => `
[topology]
cells = 2
cores = 4
[[domains]]
name = "big"
vcpus = 4
demand = ${demand}
affinity = ${affinity}
${memory}
${others}
`;
  const inTheirCells = (after: Readonly<Record<string, string>>) =>
    [0, 1, 2, 3].every((n) => (n < 2 ? /^[0-3]$/ : /^[4-7]$/).test(after[`big/${n}`] ?? ''));

  test('with the memory of all: vCPUs that float are placed in the cells of theirs', async () => {
    const sim = simInMemory(
      big(
        `numatune = { nodeset = "0-1" }\n${nodes}`,
        '"all"',
        '[[domains]]\nname = "other"\nvcpus = 2\naffinity = 4\ndemand = 80',
      ),
      { uri },
    );
    const status = await statusJson(sim);
    expect([0, 1, 2, 3].map((n) => vcpuIn(status, `big/${n}`).allowed)).toEqual(['0-3', '0-3', '4-7', '4-7']);
    expect(vcpuIn(status, 'big/2').limits).toContain('memnode');
    await balance(sim);
    expect(affinitiesOf(sim)).toSatisfy(inTheirCells);
  });

  test('without: crowded vCPUs stay in their cells, though one is fuller', async () => {
    const sim = simInMemory(
      big(nodes, '0', '[[domains]]\nname = "w"\nvcpus = 3\naffinity = [1, 2, 3]\ndemand = 60', 95),
      { uri },
    );
    await balance(sim);
    const after = affinitiesOf(sim);
    expect([after['big/2'], after['big/3']]).toSatisfy((all: string[]) =>
      all.every((cpu) => /^[4-7]$/.test(cpu)),
    );
    expect([after['big/0'], after['big/1']]).toSatisfy((all: string[]) =>
      all.every((cpu) => /^[0-3]$/.test(cpu)),
    );
    expect(after['big/2']).not.toBe(after['big/3']);
  });

  test('preferred is no limit', async () => {
    const preferred =
      'memnodes = [{ vcpus = "0-1", nodeset = "0", mode = "preferred" }, { vcpus = "2-3", nodeset = "1", mode = "preferred" }]';
    const status = await statusJson(simInMemory(big(preferred, '0', ''), { uri }));
    expect(status.vcpus.map(({ allowed }) => allowed)).toEqual(Array(4).fill('0-7'));
  });

  test('a guest cell whose memory is in a cell without CPUs is free', async () => {
    const cxl = 'memnodes = [{ vcpus = "0-1", nodeset = "0" }, { vcpus = "2-3", nodeset = "2" }]';
    const status = await statusJson(simInMemory(big(cxl, '0', ''), { uri, edit: withCells(2) }));
    expect(status.vcpus.map(({ allowed }) => allowed)).toEqual(['0-3', '0-3', '0-7', '0-7']);
  });

  test('beside a pCPU that the host keeps busy, in the cell that one of them needs', async () => {
    const sim = simInMemory(big(nodes, '"all"', '[[background]]\npcpus = "4-5"\ndemand = 90', 60), { uri });
    await balance(sim);
    const after = affinitiesOf(sim);
    expect(after).toSatisfy(inTheirCells);
    expect([after['big/2'], after['big/3']].sort()).toEqual(['6', '7']);
  });
});

describe.each(places)('passed-through cards (%s)', (uri) => {
  /** nova floats; its card is in one cell; small guests keep some pCPUs of each cell busy. */
  const cards = (devices: string, busy: string) => `
[topology]
cells = 2
cores = 4
[[domains]]
name = "nova"
vcpus = 2
demand = 70
${devices}
[[domains]]
name = "w"
vcpus = 3
affinity = [${busy}]
demand = 80
`;

  test.each([
    ['1', '4, 5, 1', /^[67]$/],
    ['0', '0, 1, 5', /^[23]$/],
  ])(
    'a card in cell %s: its vCPUs are placed there, though that cell is the fuller one',
    async (cell, busy, where) => {
      const sim = simInMemory(cards(`devices = ${cell}`, busy), { uri });
      await balance(sim);
      const after = affinitiesOf(sim);
      expect([after['nova/0'], after['nova/1']]).toSatisfy((all: string[]) =>
        all.every((cpu) => where.test(cpu)),
      );
      expect(after['nova/0']).not.toBe(after['nova/1']);
    },
  );

  test.each([
    [1, 0],
    [0, 1],
  ])('two guests with a card each, in cells %i and %i', async (cellOfA, cellOfB) => {
    const guest = (name: string, cell: number) =>
      `[[domains]]\nname = "${name}"\nvcpus = 3\ndemand = 60\ndevices = ${cell}\n`;
    const sim = simInMemory(
      `[topology]\ncells = 2\ncores = 4\n${guest('a', cellOfA)}${guest('b', cellOfB)}`,
      { uri },
    );
    await balance(sim);
    const cells = Object.entries(affinitiesOf(sim)).map(([name, cpus]) => [
      name.slice(0, 1),
      Math.floor(Number(cpus) / 4),
    ]);
    expect(cells).toEqual([...Array(3).fill(['a', cellOfA]), ...Array(3).fill(['b', cellOfB])]);
  });

  test('a card whose cell is not told costs nothing else', async () => {
    const sim = simInMemory(cards('devices = 1', '4, 5, 1'), {
      uri,
      edit: (command) =>
        command.startsWith('nodedev-dumpxml')
          ? { stderr: "error: Could not find matching device 'pci_0000_41_00_0'\n" }
          : undefined,
    });
    const { status, err } = await sim.vcpusched('once');
    expect([status, err]).toEqual([0, '']);
    expect(affinitiesOf(sim)['nova/0']).toMatch(/^\d$/);
  });

  test('a card in a cell without CPUs is no reason to leave it alone', async () => {
    const sim = simInMemory(cards('devices = 2', '4, 5, 1'), { uri, edit: withCells(2) });
    await balance(sim);
    expect(affinitiesOf(sim)['nova/0']).toMatch(/^\d$/);
  });
});

describe.each(places)('threads that are off, on POWER (%s)', (uri) => {
  test('only each eighth pCPU is online: pins go there, and within the cell', async () => {
    const scenario = `
offline = "1-7,9-15,17-23,25-31"
[topology]
cells = 2
cores = 2
threads = 8
numbering = "siblings-adjacent"
[[domains]]
name = "p"
vcpus = 2
affinity = "0-31"
demand = 80
[[domains]]
name = "q"
vcpus = 2
affinity = 0
demand = 75
numatune = { nodeset = "0" }
`;
    const edit = capabilities((xml) =>
      xml
        .replaceAll(/ die_id='\d+'/g, '')
        .replace("<cell id='1'>", "<cell id='16'>")
        .replaceAll(/<cpu id='(8|0|16|24)'.*\n/g, (line, id) =>
          [line, ...[1, 2, 3, 4, 5, 6, 7].map((n) => `<cpu id='${Number(id) + n}'/>\n`)].join(''),
        ),
    );
    const sim = simInMemory(scenario, { uri, edit });
    const plan = await planJson(sim);
    expect(vcpuIn(plan, 'q/0').allowed).toBe('0,8');
    expect(await balance(sim)).toBe(1);
    expect(Object.values(affinitiesOf(sim)).sort()).toEqual(['0', '16', '24', '8']);
    expect([affinitiesOf(sim)['q/0'], affinitiesOf(sim)['q/1']].sort()).toEqual(['0', '8']);
  });
});
