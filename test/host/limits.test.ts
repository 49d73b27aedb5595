import { describe, expect, test } from 'vitest';
import { allowedOn } from '../../src/host/limits.ts';
import { type Bounds, unbounded } from '../../src/model/bounds.ts';
import { type CpuSet, formatCpuSet, parseCpuList } from '../../src/model/cpu-set.ts';
import type { Domain } from '../../src/model/domain.ts';
import { limitsText } from '../../src/model/limit.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';

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
  const host: Snapshot = {
    takenAtMs: 0,
    pcpuTimes: new Map(),
    capacity: new Map(),
    online: parseCpuList(online),
    isolated: set(isolated) ?? [],
    topology: parseCpuList(online).map((id) => ({
      id,
      cellId: Math.floor(id / 4),
      socketId: 0,
      dieId: 0,
      coreId: id,
      siblings: [id],
    })),
    domains: [],
    leftAlone: [],
  };
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
