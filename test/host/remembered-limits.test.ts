import { expect, test } from 'vitest';
import { allowedOn, type LimitScope } from '../../src/host/limits.ts';
import { rememberedLimits } from '../../src/host/remembered-limits.ts';
import { type Bounds, unbounded } from '../../src/model/bounds.ts';
import { type CpuSet, parseCpuList } from '../../src/model/cpu-set.ts';
import type { Domain } from '../../src/model/domain.ts';
import type { DomainRule } from '../../src/model/domain-rule.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';

type Look = {
  readonly snapshot: Snapshot;
  readonly scope: LimitScope;
  readonly rule: DomainRule;
};

const topology = parseCpuList('0-7').map((id) => ({
  id,
  cellId: Math.floor(id / 4),
  socketId: 0,
  dieId: 0,
  coreId: id,
  siblings: [id],
}));

function domain(name: string, lists: readonly string[], bounds: Bounds = unbounded): Domain {
  return {
    uuid: name,
    name,
    id: 1,
    bounds,
    vcpus: lists.map((list, number) => ({
      number,
      counters: undefined,
      placement: { affinity: parseCpuList(list), lastPcpu: parseCpuList(list)[0] ?? 0 },
      problem: undefined,
    })),
  };
}

const realtime: Bounds = { ...unbounded, realtime: [{ vcpus: [0], scheduler: 'fifo' }] };
const first: Look = {
  snapshot: {
    takenAtMs: 0,
    pcpuTimes: new Map(),
    capacity: new Map(),
    online: parseCpuList('0-7'),
    isolated: [],
    topology,
    domains: [domain('a', ['0', '1']), domain('b', ['0-5']), domain('rt', ['6-7'], realtime)],
    paused: [domain('paused', ['3'])],
    leftAlone: [],
  },
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
const [a, b, rt] = first.snapshot.domains as readonly [Domain, Domain, Domain];
const pinned = (set: CpuSet): Bounds => ({ ...unbounded, pins: [{ vcpu: 0, cpus: set }] });

test.each<[string, Look]>([
  ['an affinity', withDomains(domain('a', ['0', '2-3']), b, rt)],
  ['the affinity of a witness', withDomains(a, domain('b', ['0-3']), rt)],
  ['bounds', withDomains({ ...a, bounds: pinned([4]) }, b, rt)],
  ['whose a pCPU is', withDomains(a, b, { ...domain('rt', ['5-7'], realtime) })],
  ['a vCPU more', withDomains(domain('a', ['0', '1', '1']), b, rt)],
  ['a domain less', withDomains(a, b)],
  ['a name', withDomains(a, b, { ...rt, name: 'other' })],
  [
    'a paused domain',
    { ...first, snapshot: { ...first.snapshot, paused: [domain('paused', ['4'], realtime)] } },
  ],
  ['a pCPU offline', { ...first, snapshot: { ...first.snapshot, online: parseCpuList('0-6') } }],
  ['an isolated pCPU', { ...first, snapshot: { ...first.snapshot, isolated: [2] } }],
  ['what is not known of isolated ones', { ...first, snapshot: { ...first.snapshot, isolated: undefined } }],
  ['the topology', { ...first, snapshot: { ...first.snapshot, topology: [], topologyProblem: 'none' } }],
  ['--cpus', withScope({ cpus: parseCpuList('0-3') })],
  ['--dedicated', withScope({ dedicated: 'share' })],
  ['--foreign', withScope({ foreign: 'adopt' })],
  ['what libvirt has refused', withScope({ refused: new Map([['', [1]]]) })],
  ['what vcpusched has pinned', withScope({ own: (key) => (key === 'b/0' ? [parseCpuList('0-5')] : []) })],
  ['where one was before', withScope({ own: () => [[0]], origin: () => parseCpuList('0-1') })],
  ['a rule', { ...first, rule: { cpus: { set: [0, 1], by: 'a rule' } } }],
])('limits are those of the host as it is now: %s', (_, then) => {
  const limits = rememberedLimits();
  for (const look of [first, then, then, first]) expect(all(look, limits)).toEqual(all(look, allowedOn));
});

test('what has not changed is not worked out again', () => {
  const limits = rememberedLimits();
  const before = all(first, limits).each;
  const { snapshot } = first;
  const later = {
    ...snapshot,
    takenAtMs: 1000,
    domains: snapshot.domains.map((each) => ({ ...each, id: 1 })),
  };
  const after = all({ ...first, snapshot: later }, limits).each;
  expect(after.every((allowed, i) => allowed === before[i])).toBe(true);
});

test('of a real-time vCPU it matters where it ran last', () => {
  const limits = rememberedLimits();
  const moved = withDomains(a, b, {
    ...rt,
    vcpus: rt.vcpus.map((vcpu) => ({ ...vcpu, placement: { affinity: [6, 7], lastPcpu: 7 } })),
  });
  expect(all(first, limits)).toEqual(all(first, allowedOn));
  expect(all(moved, limits)).toEqual(all(moved, allowedOn));
  expect(all(moved, limits)).not.toEqual(all(first, limits));
});
