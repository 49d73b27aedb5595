import { describe, expect, test } from 'vitest';
import { jobReason } from '../../src/host/job-watch.ts';
import { joinDomains, type Placements } from '../../src/host/join-domains.ts';
import { unbounded } from '../../src/model/bounds.ts';
import type { Counters, Placement } from '../../src/model/domain.ts';
import type { DomainStats } from '../../src/virsh/commands/domstats.ts';

const counters: Counters = { cpuTimeNs: 1n, delayNs: 1n };
const placement: Placement = { affinity: [0], lastPcpu: 0 };
const ref = (uuid: string, name: string) => ({ uuid, name });
const stats = (name: string, ...numbers: readonly number[]): DomainStats => ({
  name,
  cpuTimeNs: 5n,
  isQueried: true,
  vcpus: new Map(numbers.map((number) => [number, counters])),
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
    [
      'a UUID twice',
      [ref('a', 'x'), ref('a', 'y')],
      [stats('x'), stats('y')],
      [`a x: ${confused}`, `a y: ${confused}`],
    ],
    ['a name that list has not', [ref('a', 'x')], [stats('x'), stats('new')], ['a x']],
    ['paused', [ref('a', 'x')], [], ['a x: it is not running (paused, or changing its state)']],
  ])('%s', (_, names, blocks, expected) => {
    expect(outcome(names, blocks)).toEqual(expected);
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
