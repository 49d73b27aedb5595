import { describe, expect, test } from 'vitest';
import { allowedOn, type LimitScope } from '../../src/host/limits.ts';
import { type Bounds, unbounded } from '../../src/model/bounds.ts';
import { type CpuSet, formatCpuSet, parseCpuList } from '../../src/model/cpu-set.ts';
import type { Domain } from '../../src/model/domain.ts';
import { limitsText } from '../../src/model/limit.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { twoCells, vcpusOn } from './support/two-cells.ts';

const set = (list: string | undefined): CpuSet | undefined =>
  list === undefined ? undefined : parseCpuList(list);

type Case = {
  readonly online?: string;
  readonly isolated?: string;
  readonly cpus?: string;
  readonly rule?: string;
  readonly affinity?: string;
  readonly bounds?: Partial<Bounds>;
};

/** What vCPU 0 may have on a host of eight pCPUs in two cells, 0-3 and 4-7. */
function allowed({ online = '0-7', isolated, cpus, rule, affinity = '0-7', bounds = {} }: Case) {
  const host = twoCells({ isolated: set(isolated) ?? [] }, online);
  const domain: Domain = { uuid: 'a', name: 'web', id: 1, bounds: { ...unbounded, ...bounds }, vcpus: [] };
  const by = { cpus: rule === undefined ? undefined : { set: parseCpuList(rule), by: 'config.toml:3' } };
  const { pcpus, offered, limits, fixed } = allowedOn(host, { cpus: set(cpus) }).of(
    domain,
    0,
    parseCpuList(affinity),
    by,
  );
  return { list: formatCpuSet(pcpus), offered: formatCpuSet(offered), limits: limitsText(limits), fixed };
}

const pinOf = (vcpu: number, list: string) => ({ pins: [{ vcpu, cpus: parseCpuList(list) }] });
const word = (list: string) => ({ word: { cpus: { set: parseCpuList(list), by: 'its metadata' } } });

describe('each source of a limit', () => {
  test.each<[string, Case, string, string | undefined]>([
    ['nothing', {}, '0-7', undefined],
    ['online', { online: '0-5' }, '0-5', undefined],
    ['--cpus', { cpus: '2-9' }, '2-7', undefined],
    ['<vcpu cpuset>', { bounds: { cpuset: [2, 3] } }, '2-3', '2-3 (its <vcpu cpuset>)'],
    ['a cpuset that is no limit', { bounds: { cpuset: parseCpuList('0-63') } }, '0-7', undefined],
    ['<vcpupin>', { bounds: pinOf(0, '2,5') }, '2,5', '2,5 (its <vcpupin>)'],
    ['the <vcpupin> of another vCPU', { bounds: pinOf(1, '2,5') }, '0-7', undefined],
    [
      'a pin stands in the place of the cpuset',
      { bounds: { cpuset: [0, 1], ...pinOf(0, '6-7') } },
      '6-7',
      '6-7 (its <vcpupin>)',
    ],
    ['<numatune>', { bounds: { memoryCells: [1] } }, '4-7', '4-7 (its <numatune>)'],
    ['both cells', { bounds: { memoryCells: [0, 1] } }, '0-7', undefined],
    ['a cell without CPUs limits nothing', { bounds: { memoryCells: [5] } }, '0-7', undefined],
    ['nor beside one that has some', { bounds: { memoryCells: [1, 5] } }, '4-7', '4-7 (its <numatune>)'],
    ['its cgroup', { bounds: { granted: [0, 1, 2] } }, '0-2', '0-2 (its cgroup)'],
    ['its metadata', { bounds: word('1-2') }, '1-2', '1-2 (its metadata)'],
    ['the configuration file', { rule: '1-2' }, '1-2', '1-2 (config.toml:3)'],
    ['isolated', { isolated: '6-7' }, '0-5', undefined],
  ])('%s', (_, given, list, limits) => {
    expect(allowed(given)).toMatchObject({ list, limits, fixed: undefined });
  });
});

describe('several at once', () => {
  test.each<[string, Case, string, string | undefined]>([
    ['--cpus and a pin', { cpus: '0-3', bounds: pinOf(0, '2-5') }, '2-3', '2-5 (its <vcpupin>)'],
    [
      'cpuset and memory',
      { bounds: { cpuset: [3, 4, 5], memoryCells: [1] } },
      '4-5',
      '3-5 (its <vcpu cpuset>), 4-7 (its <numatune>)',
    ],
    [
      'metadata and the configuration file',
      { rule: '1-4', bounds: word('3-6') },
      '3-4',
      '3-6 (its metadata), 1-4 (config.toml:3)',
    ],
    [
      'all of them',
      {
        cpus: '1-6',
        rule: '0-5',
        isolated: '2',
        bounds: { ...word('2-7'), cpuset: [2, 3, 4, 5, 6], memoryCells: [1], granted: [3, 4, 5] },
      },
      '4-5',
      '2-6 (its <vcpu cpuset>), 2-7 (its metadata), 0-5 (config.toml:3), 4-7 (its <numatune>), 3-5 (its cgroup)',
    ],
    ['one pCPU is left', { cpus: '0-2', bounds: { cpuset: [2, 3] } }, '2', '2-3 (its <vcpu cpuset>)'],
  ])('%s', (_, given, list, limits) => {
    expect(allowed(given)).toMatchObject({ list, limits, fixed: undefined });
  });
});

describe('nothing is left: the vCPU stays where it is, and what contradicts is named', () => {
  const none = 'no pCPU in use is among those that it may have: ';

  test.each<[string, Case, string]>([
    ['offline', { online: '0-3', bounds: pinOf(0, '6') }, `${none}6 (its <vcpupin>)`],
    ['not in --cpus', { cpus: '0-3', bounds: { cpuset: [6, 7] } }, `${none}6-7 (its <vcpu cpuset>)`],
    [
      'memory elsewhere',
      { bounds: { cpuset: [0], memoryCells: [1] } },
      `${none}0 (its <vcpu cpuset>), 4-7 (its <numatune>)`,
    ],
    [
      'metadata against the file',
      { rule: '0', bounds: word('1') },
      `${none}1 (its metadata), 0 (config.toml:3)`,
    ],
    [
      'the cell is isolated',
      { isolated: '4-7', bounds: { memoryCells: [1] } },
      `${none}4-7 (its <numatune>), and not 4-7 (isolated)`,
    ],
  ])('%s', (_, given, fixed) => {
    expect(allowed(given)).toMatchObject({ list: '', fixed });
  });
});

describe('isolated pCPUs are for those whom somebody has put there', () => {
  test.each<[string, Case, string]>([
    ['by a pin', { isolated: '6-7', bounds: pinOf(0, '6') }, '6'],
    ['by a pin to some of each', { isolated: '6-7', bounds: pinOf(0, '4-6') }, '4-6'],
    ['by the cpuset', { isolated: '6-7', bounds: { cpuset: [6, 7] } }, '6-7'],
    ['by its metadata', { isolated: '6-7', bounds: word('7') }, '7'],
    ['by the configuration file', { isolated: '6-7', rule: '7' }, '7'],
    ['by --cpus', { isolated: '6-7', cpus: '4-7' }, '4-7'],
    ['by --cpus, one of two', { isolated: '6-7', cpus: '4-6' }, '4-6'],
    ['not by a pin to all that there is', { isolated: '6-7', bounds: pinOf(0, '0-7') }, '0-5'],
    [
      'not by a pin to more than there is',
      { isolated: '6-7', bounds: { cpuset: parseCpuList('0-63') } },
      '0-5',
    ],
    ['not by where its memory is', { isolated: '6-7', bounds: { memoryCells: [1] } }, '4-5'],
    ['not by its cgroup', { isolated: '6-7', bounds: { granted: [5, 6, 7] } }, '5'],
  ])('%s', (_, given, list) => {
    expect(allowed(given)).toMatchObject({ list, fixed: undefined });
  });

  test.each<[string, Case, string | undefined]>([
    [
      'a live pin there is an administrator too',
      { isolated: '6-7', affinity: '6' },
      'it is pinned to isolated pCPUs, 6',
    ],
    ['on several', { isolated: '6-7', affinity: '6-7' }, 'it is pinned to isolated pCPUs, 6-7'],
    ['where only a part is isolated it is not', { isolated: '6-7', affinity: '5-6' }, undefined],
    ['with --cpus it may be moved', { isolated: '6-7', cpus: '6-7', affinity: '6' }, undefined],
    [
      'within its own pin it may be moved',
      { isolated: '6-7', affinity: '6', bounds: pinOf(0, '6-7') },
      undefined,
    ],
  ])('%s', (_, given, fixed) => {
    expect(allowed(given).fixed).toBe(fixed);
  });

  test('what the host offers a domain leaves out what is isolated or not granted, and nothing else', () => {
    expect(allowed({ isolated: '6-7', bounds: { granted: parseCpuList('2-7'), cpuset: [3] } }).offered).toBe(
      '2-5',
    );
    expect(allowed({ isolated: '6-7', bounds: pinOf(0, '6') }).offered).toBe('0-6');
  });
});

/** Domains on a host of eight pCPUs in two cells, each vCPU with its live affinity; what one of them may have. */
function hostOf(
  domains: readonly { name?: string; affinities: readonly string[]; bounds?: Partial<Bounds> }[],
  over: Partial<Snapshot> = {},
): Snapshot {
  return twoCells({
    domains: domains.map(({ name, affinities, bounds }, i) => ({
      uuid: `${i}`,
      name: name ?? `d${i}`,
      id: i,
      bounds: { ...unbounded, ...bounds },
      vcpus: vcpusOn(affinities),
    })),
    ...over,
  });
}

function allowedFor(host: Snapshot, scope: Partial<LimitScope> = {}, index = 0, number = 0) {
  const domain = host.domains[index];
  const affinity = domain?.vcpus[number]?.placement?.affinity;
  if (domain === undefined || affinity === undefined) throw new Error('no such vCPU');
  const { pcpus, limits, fixed, offered, guestCore } = allowedOn(host, { cpus: undefined, ...scope }).of(
    domain,
    number,
    affinity,
    {},
  );
  return {
    list: formatCpuSet(pcpus),
    offered: formatCpuSet(offered),
    by: limitsText(limits),
    fixed,
    guestCore,
  };
}

const livePin = (list: string) => ({
  live: { cpuset: undefined, pins: [{ vcpu: 0, cpus: parseCpuList(list) }], emulator: [] },
});

describe('what the affinities of unpinned vCPUs show', () => {
  const granted = '(the host: so unpinned vCPUs may run)';

  test('holds for all of their partition, and is what the host offers', () => {
    const host = hostOf([{ affinities: ['0'] }, { affinities: ['0-3'] }, { affinities: ['2-5'] }]);
    expect(allowedFor(host)).toMatchObject({
      list: '0-5',
      offered: '0-5',
      by: `0-5 ${granted}`,
      fixed: undefined,
    });
  });

  test.each<[string, Partial<Bounds>]>([
    ['of another partition', { partition: '/other' }],
    ['pinned live', livePin('0-3')],
    [
      'of a domain with a cpuset',
      { cpuset: [0, 1, 2, 3], live: { cpuset: [0, 1, 2, 3], pins: [], emulator: [] } },
    ],
    ['where numad chose', { isAuto: true }],
    ['of a domain of which nothing is known', { leave: 'it has just started' }],
  ])('a vCPU %s is no witness', (_, bounds) => {
    const host = hostOf([{ affinities: ['0'] }, { affinities: ['0-3'], bounds }]);
    expect(allowedFor(host)).toMatchObject({ list: '0-7', by: undefined });
  });

  test('nor is one on a single pCPU, or one that vcpusched has put there', () => {
    const host = hostOf([{ affinities: ['0'] }, { affinities: ['1'] }, { affinities: ['0-3'] }]);
    const own = (key: string) => (key === '2/0' ? [[0, 1, 2, 3]] : []);
    expect(allowedFor(host, { own })).toMatchObject({ list: '0-7', by: undefined });
  });

  test('one that vcpusched has pinned counts as it was before, unless its configuration pins it', () => {
    const saved = {
      own: (key: string) => (key === '1/0' ? [[2]] : []),
      origin: (key: string) => (key === '1/0' ? [0, 1, 2, 3] : undefined),
    };
    const host = (bounds: Partial<Bounds>) => hostOf([{ affinities: ['0'] }, { affinities: ['2'], bounds }]);
    expect(allowedFor(host(livePin('2')), saved)).toMatchObject({ list: '0-3', by: `0-3 ${granted}` });
    expect(allowedFor(host({ ...livePin('2'), ...pinOf(0, '0-3') }), saved).list).toBe('0-7');
  });

  test('an unmanaged domain is one all the same', () => {
    const bounds = { leave: "its metadata says managed='no'", unmanaged: true } as const;
    const host = hostOf([{ affinities: ['0'] }, { affinities: ['0-3'], bounds }]);
    expect(allowedFor(host).list).toBe('0-3');
  });

  test('whom somebody has pinned elsewhere stays there; whom vcpusched has, does not have to', () => {
    const host = hostOf([{ affinities: ['6'] }, { affinities: ['0-3'] }]);
    const elsewhere = 'it is pinned to 6, where no vCPU runs that nobody has pinned (0-3)';
    expect(allowedFor(host).fixed).toBe(elsewhere);
    expect(allowedFor(host, { own: () => [[6]] })).toMatchObject({ list: '0-3,6', fixed: undefined });
  });

  test('a slice of isolated pCPUs names them, one that has others does not', () => {
    const isolated = parseCpuList('2-7');
    const slice = (list: string) => hostOf([{ affinities: [list, list] }], { isolated });
    expect(allowedFor(slice('4-7'))).toMatchObject({ list: '4-7', fixed: undefined });
    expect(allowedFor(slice('1-7'))).toMatchObject({ list: '1', fixed: undefined });
    const byCgroup = hostOf([{ affinities: ['4'], bounds: { granted: parseCpuList('4-7') } }], { isolated });
    expect(allowedFor(byCgroup)).toMatchObject({ list: '4-7', fixed: undefined });
  });

  test.each<[string, (list: string) => Partial<Bounds>, Partial<LimitScope>]>([
    ['dedicated', (list) => ({ ...pinOf(0, list), ...livePin(list) }), {}],
    ['of real-time vCPUs', () => ({ realtime: [{ vcpus: [0], scheduler: 'fifo' }] }), {}],
    ['refused', () => ({}), { refused: new Map([['', [0, 1]]]) }],
  ])('where all others are %s, isolated pCPUs are for nobody all the same', (_, bounds, scope) => {
    const others = ['0', '1'].map((list) => ({ affinities: [list], bounds: bounds(list) }));
    const host = hostOf([{ affinities: ['0'] }, ...others], { isolated: parseCpuList('2-7') });
    expect(allowedFor(host, scope)).toMatchObject({ list: '', offered: '' });
    expect(allowedFor(host, scope).fixed).toContain('no pCPU in use is among those that it may have');
  });
});

describe("a live range is somebody's limit", () => {
  test.each<[string, string, Partial<Bounds>, Partial<LimitScope>, string]>([
    ['by its live <vcpupin>', '0-1', livePin('0-1'), {}, '0-1'],
    ['which says more than the affinity of the moment', '0', livePin('0-1'), {}, '0-1'],
    ['not with --foreign adopt', '0-1', livePin('0-1'), { foreign: 'adopt' }, '0-7'],
    ['not to a single pCPU', '0', livePin('0'), {}, '0-7'],
    ['not to all that there is', '0-7', livePin('0-7'), {}, '0-7'],
    ['not that of vcpusched', '0-3', livePin('0-3'), { own: () => [[0, 1, 2, 3]] }, '0-7'],
    [
      'the one from before vcpusched pinned it',
      '1',
      livePin('1'),
      { own: () => [[1]], origin: () => [0, 1, 2] },
      '0-2',
    ],
    ['not a single pCPU from before', '1', livePin('1'), { own: () => [[1]], origin: () => [5] }, '0-7'],
  ])('%s', (_, affinity, bounds, scope, list) => {
    expect(allowedFor(hostOf([{ affinities: [affinity], bounds }]), scope)).toMatchObject({
      list,
      fixed: undefined,
    });
  });
});

describe('dedicated pCPUs', () => {
  const pins = (...lists: readonly string[]) => ({
    pins: lists.map((list, vcpu) => ({ vcpu, cpus: parseCpuList(list) })),
  });
  const owner = { name: 'owner', affinities: ['2', '3'], bounds: pins('2', '3') };
  const guest = { affinities: ['0'] };

  test('are not for others, by whose word, unless they are shared', () => {
    const host = hostOf([guest, owner]);
    expect(allowedFor(host)).toMatchObject({ list: '0-1,4-7', by: '0-1,4-7 (2-3 are dedicated to owner)' });
    expect(allowedFor(host, { dedicated: 'share' })).toMatchObject({ list: '0-7', by: undefined });
  });

  test('are for their owner', () => {
    expect(allowedFor(hostOf([owner])).list).toBe('2');
  });

  test('also of a domain to which a vCPU was plugged in, and of one vCPU that has a <vcpu cpuset>', () => {
    const grown = { ...owner, affinities: ['2', '3', '0-7'] };
    expect(allowedFor(hostOf([guest, grown])).list).toBe('0-1,4-7');
    const single = { affinities: ['3'], bounds: { cpuset: [3] } };
    expect(allowedFor(hostOf([guest, single])).list).toBe('0-2,4-7');
  });

  test.each<[string, (typeof owner)['bounds'] & Partial<Bounds>, string]>([
    ['one vCPU is pinned to several', pins('2', '3-4'), '0-7'],
    ['one is not pinned', pins('2'), '0-7'],
    ['both to the same', pins('2', '2'), '0-7'],
  ])('not where %s', (_, bounds, list) => {
    expect(allowedFor(hostOf([guest, { ...owner, bounds }])).list).toBe(list);
  });

  test('not where another configuration names them, nor where all would be', () => {
    const other = { affinities: ['3'], bounds: { cpuset: parseCpuList('3-4') } };
    expect(allowedFor(hostOf([guest, owner, other])).list).toBe('0-1,3-7');
    const all = {
      affinities: parseCpuList('0-7').map(String),
      bounds: pins(...parseCpuList('0-7').map(String)),
    };
    expect(allowedFor(hostOf([guest, all])).list).toBe('0-7');
  });

  test.each<[string, readonly string[], readonly (readonly number[])[], string]>([
    ['apart from its vCPUs', ['1', '2'], [[3]], '0-2,4-7'],
    ['two of them', ['1', '2'], [[3, 4]], '0-2,5-7'],
    ['where its vCPUs run too', ['1', '3'], [[3]], '0-7'],
    ['a pool', ['1', '2'], [[3, 4, 5]], '0-7'],
    ['none', ['1', '2'], [], '0-7'],
  ])('the emulator has pCPUs %s', (_, affinities, emulator, list) => {
    expect(allowedFor(hostOf([guest, { affinities, bounds: { emulator } }])).list).toBe(list);
  });
});

describe('real-time vCPUs', () => {
  const fifo = { realtime: [{ vcpus: [0], scheduler: 'fifo' }] };

  test('stay, and nobody is put beside them, shared or not', () => {
    const host = hostOf([{ affinities: ['0'] }, { name: 'rt', affinities: ['2', '3'], bounds: fifo }]);
    expect(allowedFor(host, { dedicated: 'share' })).toMatchObject({
      list: '0-1,3-7',
      by: '0-1,3-7 (2 is of a real-time vCPU of rt)',
    });
    expect(allowedFor(host, {}, 1)).toMatchObject({
      list: '2',
      fixed: 'it is of a real-time class (fifo): it stays where it is, and nobody is put beside it',
    });
    expect(allowedFor(host, {}, 1, 1)).toMatchObject({ fixed: undefined });
  });

  test.each(['0-7', '1-5', '1'])('one that may run on %s has one pCPU, where it ran last', (list) => {
    const affinity = parseCpuList(list);
    const host = hostOf([
      { affinities: ['1'] },
      { affinities: [list], bounds: { ...fifo, ...livePin(list) } },
    ]);
    expect(allowedFor(host).list).toBe(affinity[0] === 0 ? '1-7' : '0,2-7');
  });

  test('those of a paused domain stay free, and its dedicated ones', () => {
    const { domains: paused } = hostOf([
      { name: 'rt', affinities: ['2'], bounds: fifo },
      { name: 'owner', affinities: ['4'], bounds: pinOf(0, '4') },
    ]);
    expect(allowedFor(hostOf([{ affinities: ['0'] }], { paused })).by).toBe(
      '0-3,5-7 (4 is dedicated to owner), 0-1,3-7 (2 is of a real-time vCPU of rt)',
    );
  });
});

describe('memory', () => {
  const memnodes = [
    { vcpus: [0, 1], cells: [0] },
    { vcpus: [2], cells: [] },
  ];

  test('of a guest cell goes before that of the domain', () => {
    const host = hostOf([{ affinities: ['0', '0', '0', '0'], bounds: { memnodes, memoryCells: [1] } }]);
    const of = (vcpu: number) => allowedFor(host, {}, 0, vcpu);
    expect(of(1)).toMatchObject({ list: '0-3', by: '0-3 (its <memnode>)' });
    expect(of(2)).toMatchObject({ list: '0-7', by: undefined });
    expect(of(3)).toMatchObject({ list: '4-7', by: '4-7 (its <numatune>)' });
  });

  test('that numad has placed is where the affinity is', () => {
    const host = hostOf([{ affinities: ['5', '0-7'], bounds: { isAuto: true } }]);
    expect(allowedFor(host)).toMatchObject({
      list: '4-7',
      by: "4-7 (numad, by its affinity (placement='auto'))",
    });
    expect(allowedFor(host, {}, 0, 1)).toMatchObject({ list: '0-7' });
  });
});

describe('without a topology', () => {
  const failed = { topology: [], topologyProblem: 'it is not known' };

  test('a domain keeps to where its vCPUs may run now', () => {
    const host = hostOf([{ affinities: ['1', '2'] }, { affinities: ['6'] }], failed);
    expect(allowedFor(host)).toMatchObject({
      list: '1-2',
      by: '1-2 (its present affinity: the cells of the host are not known)',
    });
  });

  test('where libvirt tells none, only memory needs it', () => {
    const host = hostOf([{ affinities: ['1'] }, { affinities: ['6'], bounds: { memoryCells: [1] } }], {
      topology: [],
    });
    expect(allowedFor(host).list).toBe('0-7');
    expect(allowedFor(host, {}, 1).list).toBe('6');
  });
});

test('pCPUs that libvirt has refused are out, for that partition', () => {
  const host = hostOf([{ affinities: ['0'], bounds: { partition: '/a' } }, { affinities: ['0'] }]);
  const refused = new Map([['/a', [4, 5]]]);
  expect(allowedFor(host, { refused })).toMatchObject({
    list: '0-3,6-7',
    by: '0-3,6-7 (libvirt, which has refused others)',
  });
  expect(allowedFor(host, { refused }, 1).list).toBe('0-7');
});

test('threads of a guest core have its number, where more than one is online', () => {
  const host = hostOf([
    { affinities: ['0', '0', '0'], bounds: { guestThreads: 2 } },
    { affinities: ['0', '0'] },
  ]);
  expect([0, 1, 2].map((vcpu) => allowedFor(host, {}, 0, vcpu).guestCore)).toEqual([0, 0, undefined]);
  expect(allowedFor(host, {}, 1).guestCore).toBeUndefined();
});
