import { expect, test } from 'vitest';
import { allowedOn, type LimitScope } from '../../src/host/limits.ts';
import { rememberedLimits } from '../../src/host/remembered-limits.ts';
import { type Bounds, unbounded } from '../../src/model/bounds.ts';
import { type CpuSet, parseCpuList } from '../../src/model/cpu-set.ts';
import type { Domain } from '../../src/model/domain.ts';
import type { DomainRule } from '../../src/model/domain-rule.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { twoCells, vcpusOn } from './support/two-cells.ts';

type Look = {
  readonly snapshot: Snapshot;
  readonly scope: LimitScope;
  readonly rule: DomainRule;
};

function domain(name: string, lists: readonly string[], bounds: Bounds = unbounded): Domain {
  return { uuid: name, name, id: 1, bounds, vcpus: vcpusOn(lists) };
}

const ranged: Bounds = {
  ...unbounded,
  live: { cpuset: undefined, pins: [{ vcpu: 1, cpus: [0, 1] }], emulator: [] },
};
const pinned = (set: CpuSet): Bounds => ({ ...unbounded, pins: [{ vcpu: 0, cpus: set }] });
const realtime: Bounds = { ...unbounded, realtime: [{ vcpus: [0], scheduler: 'fifo' }] };
const first: Look = {
  snapshot: twoCells({
    domains: [
      domain('a', ['0', '1'], ranged),
      domain('b', ['0-5']),
      domain('rt', ['6-7'], realtime),
      domain('own', ['4'], pinned([4])),
      domain('celled', ['0'], { ...unbounded, memoryCells: [1] }),
    ],
    paused: [domain('paused', ['3'])],
  }),
  scope: { cpus: undefined },
  rule: {},
};

/** What each vCPU may have. */
function all({ snapshot, scope, rule }: Look, limits: typeof allowedOn) {
  const { of, common } = limits(snapshot, scope);
  const each = snapshot.domains.flatMap((one) =>
    one.vcpus.map(({ number, placement }) => of(one, number, placement?.affinity ?? [], rule)),
  );
  return { common, each };
}

const withDomains = (...domains: readonly Domain[]): Look => ({
  ...first,
  snapshot: { ...first.snapshot, domains },
});
const withScope = (scope: Partial<LimitScope>): Look => ({ ...first, scope: { cpus: undefined, ...scope } });
const [a, b, rt, ...others] = first.snapshot.domains as readonly [Domain, Domain, Domain, ...Domain[]];

const ranLastOn = (domain: Domain, lastPcpu: number): Domain => ({
  ...domain,
  vcpus: domain.vcpus.map((vcpu) => ({
    ...vcpu,
    placement: vcpu.placement && { ...vcpu.placement, lastPcpu },
  })),
});

test.each<[string, Look, Look?]>([
  ['an affinity', withDomains(domain('a', ['0', '2-3'], ranged), b, rt, ...others)],
  ['the affinity of a witness', withDomains(a, domain('b', ['0-3']), rt, ...others)],
  ['bounds', withDomains({ ...a, bounds: pinned([4]) }, b, rt, ...others)],
  ['whose a pCPU is', withDomains(a, b, domain('rt', ['5-7'], realtime), ...others)],
  ['a vCPU more', withDomains(domain('a', ['0', '1', '1'], ranged), b, rt, ...others)],
  ['a domain less', withDomains(a, b, rt, ...others.slice(0, 1))],
  ['a name', withDomains(a, b, { ...rt, name: 'other' }, ...others)],
  [
    'a paused domain',
    { ...first, snapshot: { ...first.snapshot, paused: [domain('paused', ['4'], realtime)] } },
  ],
  ['a pCPU offline', { ...first, snapshot: { ...first.snapshot, online: parseCpuList('0-6') } }],
  ['an isolated pCPU', { ...first, snapshot: { ...first.snapshot, isolated: [2] } }],
  [
    'which cell a pCPU is in',
    {
      ...first,
      snapshot: {
        ...first.snapshot,
        topology: first.snapshot.topology.map((pcpu) => ({ ...pcpu, cellId: 1 - pcpu.cellId })),
      },
    },
  ],
  ['the cells', { ...first, snapshot: { ...first.snapshot, topology: [], topologyProblem: 'none' } }],
  ['--cpus', withScope({ cpus: parseCpuList('0-3') })],
  ['--dedicated', withScope({ dedicated: 'share' })],
  ['--foreign', withScope({ foreign: 'adopt' })],
  ['what libvirt has refused', withScope({ refused: new Map([['', [1]]]) })],
  ['what vcpusched has pinned', withScope({ own: (key) => (key === 'b/0' ? [parseCpuList('0-5')] : []) })],
  [
    'where one was before vcpusched pinned it',
    withScope({ own: () => [[0]], origin: () => parseCpuList('0-1') }),
    withScope({ own: () => [[0]], origin: () => parseCpuList('0-3') }),
  ],
  ['a rule', { ...first, rule: { cpus: { set: [0, 1], by: 'a rule' } } }],
])('limits are those of the host as it is now: %s', (_, then, before = first) => {
  const limits = rememberedLimits();
  expect(all(then, allowedOn)).not.toEqual(all(before, allowedOn));
  for (const look of [before, then, then, before]) expect(all(look, limits)).toEqual(all(look, allowedOn));
});

test('what has not changed is not worked out again', () => {
  const limits = rememberedLimits();
  const before = all(first, limits).each;
  const { snapshot } = first;
  const later = {
    ...snapshot,
    takenAtMs: 1000,
    // One that may run on several pCPUs has wandered.
    domains: snapshot.domains.map((each) => (each === b ? ranLastOn(b, 5) : { ...each })),
  };
  const after = all({ ...first, snapshot: later }, limits).each;
  expect(after.every((allowed, i) => allowed === before[i])).toBe(true);
});

test('of a real-time vCPU it matters where it ran last', () => {
  const limits = rememberedLimits();
  const moved = withDomains(a, b, ranLastOn(rt, 7), ...others);
  expect(all(first, limits)).toEqual(all(first, allowedOn));
  expect(all(moved, limits)).toEqual(all(moved, allowedOn));
  expect(all(moved, limits)).not.toEqual(all(first, limits));
});
