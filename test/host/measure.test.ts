import { describe, expect, test } from 'vitest';
import { measure, type Scope } from '../../src/host/measure.ts';
import { unbounded } from '../../src/model/bounds.ts';
import type { Counters, Domain, Vcpu } from '../../src/model/domain.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';

const all: Scope = { cpus: undefined, exclusion: () => undefined, rule: () => ({}) };
const domain = { uuid: 'a', name: 'x' };

function vcpu(over: Partial<Vcpu> = {}): Vcpu {
  const placement = { affinity: [0], lastPcpu: 0 };
  return { number: 0, counters: at(0n, 0n), placement, problem: undefined, ...over };
}

function at(cpuTimeNs: bigint, delayNs?: bigint): Counters {
  return { cpuTimeNs, delayNs };
}

function snapshot(takenAtMs: number, ...vcpus: readonly Vcpu[]): Snapshot {
  return {
    takenAtMs,
    pcpuTimes: new Map(),
    capacity: new Map(),
    online: [0, 1],
    isolated: [],
    topology: [],
    domains: [{ ...domain, id: 1, bounds: unbounded, vcpus }],
    leftAlone: [],
  };
}

const ms = 1_000_000n;

describe('the reading of one vCPU', () => {
  const between = (last: Counters | undefined, now: Counters | undefined, windowMs = 2000) =>
    measure(
      snapshot(1000, vcpu({ counters: last, problem: 'no time before' })),
      snapshot(1000 + windowMs, vcpu({ counters: now, problem: 'no time now' })),
      all,
    ).load.vcpus[0]?.reading;
  const measured = (usagePct: number, delayPct?: number) => ({ kind: 'measured', usagePct, delayPct });

  test.each([
    [
      'usage and delay as shares of the window',
      at(5n, 7n),
      at(5n + 500n * ms, 7n + 1000n * ms),
      measured(25, 50),
    ],
    ['idle', at(9n, 9n), at(9n, 9n), measured(0, 0)],
    ['no delay (before libvirt 7.2)', at(0n), at(1000n * ms), measured(50)],
    ['delay in one of the two only', at(0n), at(1000n * ms, 1000n * ms), measured(50)],
    ['steps of 10 ms can pass the window', at(0n, 0n), at(2010n * ms, 3000n * ms), measured(100, 100)],
    ['time went back', at(9n * ms, 0n), at(8n * ms, 5n), { kind: 'new', reason: 'it has just restarted' }],
    ['delay went back', at(0n, 9n), at(ms, 8n), { kind: 'new', reason: 'it has just restarted' }],
    ['no counters now', at(0n), undefined, { kind: 'missing', reason: 'no time now' }],
    ['no counters before', undefined, at(0n), { kind: 'missing', reason: 'no time before' }],
  ])('%s', (_, last, now, reading) => {
    expect(between(last, now)).toEqual(reading);
  });

  test('the window is what passed, not what was asked for', () => {
    expect(between(at(0n, 0n), at(1000n * ms, 0n), 2500)).toEqual(measured(40, 0));
  });

  test('counters beyond 2^53 stay exact', () => {
    const since = 2n ** 63n + 1n;
    expect(between(at(since, since), at(since + 20n * ms, since + 2n * ms), 2000)).toEqual(measured(1, 0.1));
  });
});

describe('which vCPUs count', () => {
  test('one that was not there before is new, and its place counts', () => {
    const { load } = measure(snapshot(0), snapshot(1000, vcpu()), all);
    expect(load.vcpus[0]?.reading).toEqual({ kind: 'new', reason: 'it has just started' });
  });

  test('one that is gone is gone', () => {
    expect(measure(snapshot(0, vcpu()), snapshot(1000), all).load.vcpus).toEqual([]);
  });

  test('a place that is missing now is the one before, and nothing is measured', () => {
    const now = vcpu({ placement: undefined, problem: 'busy' });
    expect(measure(snapshot(0, vcpu()), snapshot(1000, now), all).load.vcpus).toMatchObject([
      { placement: { affinity: [0], lastPcpu: 0 }, reading: { kind: 'missing', reason: 'busy' } },
    ]);
  });

  test('one whose place was never known is only named', () => {
    const unplaced = vcpu({ number: 3, placement: undefined, problem: 'it has just started' });
    expect(measure(snapshot(0, unplaced), snapshot(1000, unplaced), all)).toEqual({
      load: {
        pcpus: [0, 1],
        topology: [],
        background: new Map(),
        capacity: new Map(),
        floating: new Map(),
        overheads: [],
        vcpus: [],
      },
      leftAlone: [{ domain, vcpu: 3, kind: 'unmeasured', reason: 'it has just started' }],
      coverage: { measured: 0, running: 1, reason: 'it has just started', starting: 1 },
    });
  });

  test('what the snapshot left alone is passed on', () => {
    const leftAlone = [{ domain, vcpu: undefined, reason: 'paused' }];
    expect(measure(snapshot(0), { ...snapshot(1000), leftAlone }, all).leftAlone).toEqual(leftAlone);
  });

  test('an excluded domain loads its pCPU and is fixed', () => {
    const { load, leftAlone } = measure(snapshot(0, vcpu()), snapshot(1000, vcpu()), {
      ...all,
      exclusion: ({ name }) => (name === 'x' ? 'excluded' : undefined),
    });
    expect(load.vcpus).toMatchObject([{ fixed: 'excluded', reading: { kind: 'measured' } }]);
    expect(leftAlone).toEqual([{ domain, vcpu: undefined, kind: 'excluded', reason: 'excluded' }]);
  });

  test.each([
    [undefined, [0, 1]],
    [[1], [1]],
    [[1, 5], [1]],
  ])('--cpus %j of the online 0-1', (cpus, usable) => {
    const { load } = measure(snapshot(0, vcpu()), snapshot(1000, vcpu()), { ...all, cpus });
    expect(load.pcpus).toEqual(usable);
    expect(load.vcpus[0]?.allowed).toEqual(usable);
  });

  test('a rule narrows what a domain may have, and says its priority', () => {
    const rule = () => ({ cpus: { set: [1, 7], by: 'config.toml:3' }, priority: 5 });
    const { load, leftAlone } = measure(snapshot(0, vcpu()), snapshot(1000, vcpu()), { ...all, rule });
    expect(load).toMatchObject({ pcpus: [0, 1], vcpus: [{ allowed: [1], fixed: undefined, priority: 5 }] });
    expect(leftAlone).toEqual([]);
  });

  test('a domain that may have no pCPU in use is left alone', () => {
    const rule = () => ({ cpus: { set: [6, 7], by: 'config.toml:3' } });
    const { load, leftAlone } = measure(snapshot(0, vcpu()), snapshot(1000, vcpu()), { ...all, rule });
    const reason = 'no pCPU in use is among those that it may have: 6-7 (config.toml:3)';
    expect(load.vcpus).toMatchObject([{ allowed: [], fixed: reason }]);
    expect(leftAlone).toEqual([{ domain, vcpu: undefined, kind: 'limited', reason }]);
  });
});

describe('of how many running vCPUs is known what they want', () => {
  const other = (name: string, over: Partial<Domain> = {}): Domain => ({
    uuid: name,
    name,
    id: 1,
    bounds: unbounded,
    vcpus: [vcpu(), vcpu({ number: 1 })],
    ...over,
  });
  const unread = [vcpu({ counters: undefined, problem: 'timed out' }), vcpu({ number: 1 })];
  const coverage = (domains: readonly Domain[], exclusion: Scope['exclusion'] = () => undefined) => {
    const at = (ms: number): Snapshot => ({ ...snapshot(ms), domains });
    return measure(at(0), at(1000), { ...all, exclusion }).coverage;
  };

  test.each<[string, readonly Domain[], object]>([
    ['all', [other('a'), other('b')], { measured: 4, running: 4, reason: undefined }],
    ['no domain runs', [], { measured: 0, running: 0 }],
    [
      'one could not be read',
      [other('a', { vcpus: unread })],
      { measured: 1, running: 2, reason: 'timed out' },
    ],
    [
      'a domain of which nothing could be read has one at least',
      [other('a'), other('b', { vcpus: [] })],
      { measured: 2, running: 3, reason: 'libvirt reports nothing of its vCPUs' },
    ],
    [
      'what could not be read of its configuration leaves it running',
      [other('a', { bounds: { ...unbounded, leave: 'it has just started' }, vcpus: unread })],
      { measured: 1, running: 2 },
    ],
    [
      'a domain that wants to be left alone does not count',
      [other('a'), other('b', { bounds: { ...unbounded, leave: 'no', unmanaged: true }, vcpus: unread })],
      { measured: 2, running: 2, reason: undefined },
    ],
  ])('%s', (_, domains, expected) => {
    expect(coverage(domains)).toMatchObject(expected);
  });

  test('one that is excluded does not count', () => {
    const domains = [other('a'), other('b', { vcpus: unread })];
    expect(coverage(domains, ({ name }) => (name === 'b' ? 'excluded' : undefined))).toMatchObject({
      measured: 2,
      running: 2,
    });
  });
});
