import { describe, expect, test } from 'vitest';
import { configurations } from '../../src/host/configurations.ts';
import { unbounded } from '../../src/model/bounds.ts';
import type { CpuSet } from '../../src/model/cpu-set.ts';
import { domainXml } from '../../src/virsh/domain-xml.ts';

const none: ReadonlyMap<string, CpuSet> = new Map();
const xml = (inner: string, id?: number) =>
  domainXml(`<domain type='kvm'${id === undefined ? '' : ` id='${id}'`}>${inner}</domain>`);
const ok = <T>(value: T) => ({ ok: true, value }) as const;
const failed = { ok: false, error: 'busy' } as const;
const live = (inner: string, id = 3) => ok({ id, live: xml(inner, id) });
const pin = (cpus: string) => `<cputune><vcpupin vcpu='0' cpuset='${cpus}'/></cputune>`;

/** What binds the domain `a`, of which these two were read. */
function boundsOf(start: string, inactive: string | undefined, granted = none) {
  const isPersistent = inactive !== undefined;
  const known = configurations();
  known.learn(
    { uuid: 'a', isDue: true, isPersistent },
    live(start),
    isPersistent ? ok(xml(inactive)) : undefined,
    0,
  );
  return known.boundsFor('a', 3, isPersistent, granted);
}

const livePin = { cpuset: undefined, pins: [{ vcpu: 0, cpus: [0] }], emulator: [] };

describe('what binds a domain', () => {
  test.each([
    ['nothing', '', '', {}],
    [
      'persistent: the cpuset of the configuration',
      "<vcpu cpuset='0'>1</vcpu>",
      "<vcpu cpuset='1'>1</vcpu>",
      { cpuset: [1], live: { cpuset: [0], pins: [], emulator: [] } },
    ],
    [
      'transient: its cpuset',
      "<vcpu cpuset='0'>1</vcpu>",
      undefined,
      { cpuset: [0], live: { cpuset: [0], pins: [], emulator: [] } },
    ],
    [
      'persistent: the pins of the configuration alone',
      pin('0'),
      pin('1'),
      { pins: [{ vcpu: 0, cpus: [1] }], live: livePin },
    ],
    ['persistent: a live pin alone', pin('0'), '', { live: livePin }],
    ['transient: no pin, which may be a live one', pin('0'), undefined, { live: livePin }],
    ['strict', "<numatune><memory mode='strict' nodeset='1'/></numatune>", '', { memoryCells: [1] }],
    [
      'restrictive',
      "<numatune><memory mode='restrictive' nodeset='1'/></numatune>",
      '',
      { memoryCells: [1] },
    ],
    ['preferred is a wish', "<numatune><memory mode='preferred' nodeset='1'/></numatune>", '', {}],
    ['interleave is a wish', "<numatune><memory mode='interleave' nodeset='0-1'/></numatune>", '', {}],
    [
      'memory is where it was put at the start',
      '',
      "<numatune><memory mode='strict' nodeset='1'/></numatune>",
      {},
    ],
    ['numad', "<numatune><memory mode='strict' placement='auto'/></numatune>", '', { isAuto: true }],
    ['numad chooses the pCPUs', "<vcpu placement='auto'>2</vcpu>", '', { isAuto: true }],
    [
      'cells of the guest',
      "<numatune><memnode cellid='1' mode='strict' nodeset='0'/><memnode cellid='0' mode='preferred' nodeset='1'/></numatune>" +
        "<cpu><numa><cell id='0' cpus='0-1'/><cell id='1' cpus='2'/></numa></cpu>",
      '',
      {
        memnodes: [
          { vcpus: [2], cells: [0] },
          { vcpus: [0, 1], cells: [] },
        ],
      },
    ],
    [
      'what caps it is what it is now',
      '<cputune><quota>20000</quota></cputune>',
      '<cputune><quota>50000</quota></cputune>',
      { quota: { vcpuPct: 20, domainPct: undefined } },
    ],
    [
      'a real-time class as it is now, the emulator as it was configured',
      "<cputune><vcpusched vcpus='0' scheduler='fifo' priority='1'/><emulatorpin cpuset='1'/></cputune>",
      "<cputune><emulatorpin cpuset='3'/></cputune>",
      {
        realtime: [{ vcpus: [0], scheduler: 'fifo' }],
        emulator: [[3]],
        live: { ...unbounded.live, emulator: [[1]] },
      },
    ],
    ['threads of a guest core', "<cpu><topology threads='2'/></cpu>", '', { guestThreads: 2 }],
    [
      'its partition',
      '<resource><partition>/machine/web</partition></resource>',
      '',
      { partition: '/machine/web' },
    ],
    ['numad, as a wish', "<numatune><memory mode='preferred' placement='auto'/></numatune>", '', {}],
    [
      'its own word is what it says now',
      "<metadata><v:domain xmlns:v='urn:vcpusched:domain' priority='4'/></metadata>",
      "<metadata><v:domain xmlns:v='urn:vcpusched:domain' managed='no'/></metadata>",
      { word: { priority: 4 } },
    ],
  ])('%s', (_, start, inactive, expected) => {
    expect(boundsOf(start, inactive)).toEqual({ ...unbounded, ...expected });
  });

  test('what its cgroup grants', () => {
    const partition = '<resource><partition>/machine</partition></resource>';
    expect(boundsOf(partition, '', new Map([['/machine', [2, 3]]])).granted).toEqual([2, 3]);
    expect(boundsOf(partition, '', new Map([['/other', [2, 3]]])).granted).toBeUndefined();
  });
});

describe('when it is read again', () => {
  function setUp(isPersistent = true) {
    const known = configurations();
    known.learn(
      { uuid: 'a', isDue: true, isPersistent },
      live(''),
      isPersistent ? ok(xml('')) : undefined,
      1000,
    );
    return known;
  }

  const isDue = (
    known: ReturnType<typeof configurations>,
    uuid: string,
    id: number | undefined,
    isPersistent: boolean,
    atMs: number,
  ) => known.due([{ uuid, id }], new Set(isPersistent ? [uuid] : []), { atMs, sinceMs: 1000 }).has(uuid);

  test.each([
    ['at once: no', 3, 1000, false],
    ['within three quarters of a minute: no', 3, 45_999, false],
    ['after three quarters of a minute, if no other is due', 3, 46_000, true],
    ['in another start', 4, 1001, true],
    ['when it is off', undefined, 1001, true],
  ])('%s', (_, id, atMs, due) => {
    expect(isDue(setUp(), 'a', id, true, atMs)).toBe(due);
  });

  test('one that was never read', () => {
    expect(isDue(setUp(), 'b', 3, true, 1000)).toBe(true);
  });

  test('a transient domain that has become persistent, which is not moved until then', () => {
    const known = setUp(false);
    expect(isDue(known, 'a', 3, false, 1001)).toBe(false);
    expect(isDue(known, 'a', 3, true, 1001)).toBe(true);
    expect(known.boundsFor('a', 3, true, none).leave).toBe('it has just started');
  });
});

describe('what is not known is left alone', () => {
  const asked = { uuid: 'a', isDue: true, isPersistent: true };

  test.each([
    ['a start that failed', failed, ok(xml(''))],
    ['a configuration that failed', live(''), failed],
  ])('%s, even where an older one is known', (_, start, inactive) => {
    const known = configurations();
    known.learn(asked, live(''), ok(xml('')), 0);
    known.learn(asked, start, inactive, 1);
    expect(known.boundsFor('a', 3, true, none)).toEqual({
      ...unbounded,
      leave: 'its configuration could not be read: busy',
    });
    const next = { atMs: 2, sinceMs: 1 };
    expect(known.due([{ uuid: 'a', id: 3 }], new Set(['a']), next)).toEqual(new Set(['a']));
  });

  test('of another start nothing is known, nor of a domain that has been away', () => {
    const known = configurations();
    known.learn(asked, live(''), ok(xml('')), 0);
    expect(known.boundsFor('a', 4, true, none).leave).toBe('it has just started');
    known.forgetOthers(new Set(['b']));
    expect(known.boundsFor('a', 3, true, none).leave).toBe('it has just started');
    expect(known.partitions()).toEqual(new Set());
  });
});

describe('a configuration that is read again', () => {
  const read = (known: ReturnType<typeof configurations>, start: string, inactive: string, id = 3) => {
    known.learn({ uuid: 'a', isDue: true, isPersistent: true }, live(start, id), ok(xml(inactive)), 0);
    return known.boundsFor('a', id, true, none);
  };

  test('and is the same makes no new bounds', () => {
    const known = configurations();
    const before = read(known, pin('0'), pin('1'));
    expect(read(known, pin('0'), pin('1'))).toBe(before);
  });

  test.each([
    ['live', pin('1'), pin('1'), 3],
    ['persistent', pin('0'), pin('2'), 3],
    ['of another start', pin('0'), pin('1'), 4],
  ])('and is other does: %s', (_, start, inactive, id) => {
    const known = configurations();
    const before = read(known, pin('0'), pin('1'));
    const after = read(known, start, inactive, id);
    expect(after).not.toBe(before);
    expect(after).toEqual(read(configurations(), start, inactive, id));
  });
});
