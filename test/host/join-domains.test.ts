import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobReason } from '../../src/host/job-watch.ts';
import { joinDomains, type Placements } from '../../src/host/join-domains.ts';
import { unbounded } from '../../src/model/bounds.ts';
import type { Counters, Placement } from '../../src/model/domain.ts';
import { type DomainStats, domstats } from '../../src/virsh/commands/domstats.ts';
import { list } from '../../src/virsh/commands/list.ts';

const counters: Counters = { cpuTimeNs: 1n, delayNs: 1n };
const placement: Placement = { affinity: [0], lastPcpu: 0 };
const ref = (uuid: string, name: string) => ({ uuid, name });
const stats = (name: string, ...numbers: readonly number[]): DomainStats => ({
  name,
  cpuTimeNs: 5n,
  isQueried: true,
  vcpus: new Map(numbers.map((number) => [number, counters])),
  text: '',
});
const placed = (...numbers: readonly number[]): Placements => ({
  ok: true,
  value: new Map(numbers.map((number) => [number, { ...placement, problem: undefined }])),
});

describe('which domains are told apart', () => {
  const outcome = (names: Parameters<typeof joinDomains>[0], blocks: readonly DomainStats[]) => {
    const { domains, leftAlone } = joinDomains(names, blocks, new Map());
    return [
      ...domains.map(({ uuid, name }) => `${uuid} ${name}`),
      ...leftAlone.map(({ domain, reason }) => `${domain.uuid} ${domain.name}: ${reason}`),
    ];
  };
  const confused = 'its name cannot be told from that of another domain';

  test.each([
    ['in the order of the UUIDs', [ref('b', 'x'), ref('a', 'y')], [stats('x'), stats('y')], ['a y', 'b x']],
    [
      'a name twice in list',
      [ref('a', 'x'), ref('b', 'x')],
      [stats('x')],
      [`a x: ${confused}`, `b x: ${confused}`],
    ],
    ['a name twice in domstats', [ref('a', 'x')], [stats('x'), stats('x')], [`a x: ${confused}`]],
    ['a UUID twice', [ref('a', 'x'), ref('a', 'y')], [stats('x'), stats('y')], [`a x: ${confused}`]],
    [
      'a name that differs in the spaces at its end, with which list pads names',
      [ref('a', 'x'), ref('b', 'x')],
      [stats('x'), stats('x ')],
      [`a x: ${confused}`, `b x: ${confused}`],
    ],
    ['a name that list has not', [ref('a', 'x')], [stats('x'), stats('new')], ['a x']],
    ['paused', [ref('a', 'x')], [], ['a x: it is not running (paused, or changing its state)']],
  ])('%s', (_, names, blocks, expected) => {
    expect(outcome(names, blocks)).toEqual(expected);
  });
});

describe('what they are called by their own XML', () => {
  const uuid = (end: number) => `6c0e3c5a-54d1-4b0e-9d8e-${`${end}`.padStart(12, '0')}`;
  const web = { uuid: uuid(1), name: 'web', ns: 11n };
  const off = { uuid: uuid(2), name: 'off', ns: undefined };

  /** As virsh prints them: `list` pads a name to 30 bytes, and neither escapes anything. */
  function joined(domains: readonly { uuid: string; name: string; ns: bigint | undefined }[]) {
    const rows = domains.map((each) => `${each.uuid} ${each.name.padEnd(30)}\n`).join('');
    const blocks = domains.map(({ name, ns }) =>
      ns === undefined ? '' : `Domain: '${name}'\n  state.state=1\n  cpu.time=${ns}\n\n`,
    );
    const facts = domains.map((each) => {
      const bounds = { ...unbounded, name: each.name };
      return [each.uuid, { placements: placed(0), id: 1, bounds }] as const;
    });
    const found = joinDomains(list.parse(`${rows}\n`), domstats.parse(blocks.join('')), new Map(facts));
    return {
      times: Object.fromEntries(found.domains.map((each) => [each.name, each.cpuTimeNs])),
      leftAlone: found.leftAlone.map(({ domain, reason }) => `${domain.name}: ${reason}`),
    };
  }
  const isOff = 'off: it is not running (paused, or changing its state)';

  test.each([
    ['web ', false],
    [`row\n${web.uuid} web`, true],
    [`row\n${web.uuid} another`, true],
    [`row\n${uuid(7)} web`, true],
    ["line'\nDomain: 'web", true],
    ["line'\n  cpu.time=5\n\nDomain: 'web'\n  cpu.time=99\n\nDomain: 'off", true],
    ["line\n\nDomain: 'off'\n  vcpu.0.time=7", true],
  ])('one called %j takes nothing from others, and gives them nothing', (name, isForging) => {
    const { times, leftAlone } = joined([{ uuid: uuid(9), name, ns: 5n }, web, off]);
    expect(times).toMatchObject({ web: 11n });
    expect(leftAlone).toContain(isOff);
    if (isForging) expect(leftAlone).toContain(`${name}: its name holds a line break`);
    else expect(times).toHaveProperty([name], 5n);
    expect(leftAlone.filter((line) => line.startsWith('web:'))).toEqual([]);
  });

  test('one that looks like a part of another', () => {
    const { times } = joined([
      { uuid: uuid(8), name: "line'\n  state.state=1\n\nDomain: 'web'\n  cpu.time=9\n\nDomain: 'db", ns: 5n },
      { uuid: uuid(9), name: "line'\nDomain: 'web", ns: 6n },
      web,
    ]);
    expect(times).toEqual({ web: 11n });
  });

  test('whatever names three of them have', () => {
    const pieces = fc.constantFrom(
      ...['\n', "'", "Domain: '", "'\nDomain: '", 'web', 'off', '  cpu.time=5', `\n${web.uuid} `, ' ', 'x'],
    );
    const hostileName = fc
      .array(pieces, { minLength: 1, maxLength: 8 })
      .map((some) => some.join(''))
      .filter((name) => name !== 'web' && name !== 'off');
    fc.assert(
      fc.property(fc.uniqueArray(hostileName, { minLength: 1, maxLength: 3 }), (names) => {
        const hostile = names.map((name, i) => ({ uuid: uuid(i + 10), name, ns: BigInt(i + 100) }));
        const { times, leftAlone } = joined([...hostile.slice(1), web, off, ...hostile.slice(0, 1)]);
        expect(times['web']).toBe(11n);
        expect(leftAlone).toContain(isOff);
        for (const { name, ns } of hostile) expect(times[name]).toBe(name.includes('\n') ? undefined : ns);
      }),
    );
  });
});

describe('the vCPUs of a domain', () => {
  const join = (block: DomainStats, places?: Placements) =>
    joinDomains(
      [ref('a', 'x')],
      [block],
      new Map(places === undefined ? [] : [['a', { placements: places, id: 7, bounds: unbounded }]]),
    ).domains[0]?.vcpus.map(({ number, problem }) => [number, problem]);

  test.each([
    [
      'all known',
      stats('x', 3, 0),
      placed(0, 3),
      [
        [0, undefined],
        [3, undefined],
      ],
    ],
    ['not asked yet', stats('x', 0), undefined, [[0, 'it has just started']]],
    ['asked in vain', stats('x', 0), { ok: false, error: 'busy' } as const, [[0, 'busy']]],
    [
      'plugged in after domstats',
      stats('x', 0),
      placed(0, 1),
      [
        [0, undefined],
        [1, 'libvirt did not report its CPU time (the domain may be busy)'],
      ],
    ],
    [
      'plugged out after domstats',
      stats('x', 0, 1),
      placed(0),
      [
        [0, undefined],
        [1, 'libvirt did not report where it runs'],
      ],
    ],
    [
      'libvirt does not report the pCPU, which is the only one that it may have',
      stats('x', 0),
      { ok: true, value: new Map([[0, { affinity: [3], lastPcpu: undefined, problem: 'N/A' }]]) } as const,
      [[0, undefined]],
    ],
    [
      'libvirt does not report the pCPU of one that may have several',
      stats('x', 0, 1),
      {
        ok: true,
        value: new Map([
          [0, { affinity: [3, 4], lastPcpu: undefined, problem: 'N/A' }],
          [1, { affinity: [3, 4], lastPcpu: 3, problem: undefined }],
        ]),
      } as const,
      [
        [0, 'N/A'],
        [1, undefined],
      ],
    ],
    ['none', stats('x'), placed(), []],
  ])('%s', (_, block, places, expected) => {
    expect(join(block, places)).toEqual(expected);
  });
});

test('a domain with a job is left alone, unless it is so for another reason', () => {
  const facts = { placements: placed(0), id: 1, bounds: unbounded };
  const bounds = (leave: string | undefined) =>
    joinDomains(
      [ref('a', 'x'), ref('b', 'y')],
      [stats('x', 0), { ...stats('y', 0), isQueried: false }],
      new Map([
        ['a', facts],
        ['b', { ...facts, bounds: { ...unbounded, leave } }],
      ]),
      (_, id, isQueried) => id === 1 && !isQueried,
    ).domains.map((domain) => domain.bounds.leave);
  expect(bounds(undefined)).toEqual([undefined, jobReason]);
  expect(bounds('it says so')).toEqual([undefined, 'it says so']);
});

test.each([
  [
    { ok: false, error: 'busy' } as const,
    'libvirt reports nothing of its vCPUs (the domain may be busy): busy',
  ],
  [placed(), 'libvirt reports nothing of its vCPUs (the domain may be busy)'],
])('a domain of which nothing is told is named: %j', (placements, reason) => {
  const facts = new Map([['a', { placements, id: 1, bounds: unbounded }]]);
  const { domains, leftAlone } = joinDomains([ref('a', 'x')], [stats('x')], facts);
  expect(domains).toHaveLength(1);
  expect(leftAlone).toEqual([{ domain: ref('a', 'x'), vcpu: undefined, kind: 'unmeasured', reason }]);
});
