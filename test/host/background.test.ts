import { describe, expect, test } from 'vitest';
import { type BackgroundMemory, backgroundOf, observeBackground } from '../../src/host/background.ts';
import { unbounded } from '../../src/model/bounds.ts';
import type { Domain, Vcpu } from '../../src/model/domain.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';

/** A host that is made to run for a while, and the snapshots of it. */
type HostNow = {
  readonly atMs: number;
  readonly online: readonly number[];
  /** busy and all time of each pCPU, milliseconds */
  readonly times: ReadonlyMap<number, readonly [number, number]>;
  readonly vcpus: readonly VcpuNow[];
};
type VcpuNow = {
  readonly name: string;
  readonly id: number;
  readonly on: readonly number[];
  readonly ranMs: number;
};

const start: HostNow = {
  atMs: 1000,
  online: [0, 1],
  times: new Map([
    [0, [500, 5000]],
    [1, [700, 5000]],
  ]),
  vcpus: [],
};

const vcpu = (name: string, on: readonly number[], ranMs = 90): VcpuNow => ({ name, id: 1, on, ranMs });

/** So long, with so many per cent of each pCPU besides vCPUs, each of which runs so many per cent where it is. */
function run(
  host: HostNow,
  seconds: number,
  own: readonly number[],
  pct: Readonly<Record<string, number>> = {},
) {
  const ms = seconds * 1000;
  const ranOn = (pcpu: number) =>
    host.vcpus.filter(({ on }) => on[0] === pcpu).reduce((sum, { name }) => sum + (pct[name] ?? 0), 0);
  return {
    ...host,
    atMs: host.atMs + ms,
    times: new Map(
      [...host.times].map(([pcpu, [busy, all]]) => [
        pcpu,
        [busy + (ms * ((own[pcpu] ?? 0) + ranOn(pcpu))) / 100, all + ms] as const,
      ]),
    ),
    vcpus: host.vcpus.map((each) => ({ ...each, ranMs: each.ranMs + (ms * (pct[each.name] ?? 0)) / 100 })),
  } satisfies HostNow;
}

const ns = (ms: number) => BigInt(Math.round(ms)) * 1_000_000n;

type Look = {
  readonly withoutTimes?: boolean;
  readonly unplaced?: readonly string[];
  readonly unread?: readonly string[];
  readonly paused?: readonly string[];
};

function snapshotOf(
  host: HostNow,
  { withoutTimes = false, unplaced = [], unread = [], paused = [] }: Look = {},
): Snapshot {
  const domainOf = ({ name, id, on, ranMs }: VcpuNow): Domain => {
    const one: Vcpu = {
      number: 0,
      counters: unread.includes(name) ? undefined : { cpuTimeNs: ns(ranMs), delayNs: ns(123) },
      placement: unplaced.includes(name) ? undefined : { affinity: on, lastPcpu: on[0] ?? 0 },
      problem: undefined,
    };
    return { uuid: name, name, id, bounds: unbounded, vcpus: [one] };
  };
  const times = [...host.times].map(
    ([pcpu, [busy, all]]) => [pcpu, { busyNs: ns(busy), totalNs: ns(all) }] as const,
  );
  return {
    takenAtMs: host.atMs,
    online: host.online,
    isolated: [],
    topology: [],
    pcpuTimes: new Map(withoutTimes ? [] : times),
    capacity: new Map(),
    domains: host.vcpus.filter(({ name }) => !paused.includes(name)).map(domainOf),
    leftAlone: paused.map((name) => ({ domain: { uuid: name, name }, vcpu: undefined, reason: 'paused' })),
  };
}

/** What is told after these snapshots. */
function told(...snapshots: readonly Snapshot[]) {
  let memory: BackgroundMemory | undefined;
  snapshots.forEach((after, i) => {
    const before = snapshots[i - 1];
    if (before !== undefined) memory = observeBackground(memory, before, after);
  });
  const rounded = [...(memory === undefined ? [] : backgroundOf(memory).background)].map(([pcpu, pct]) => [
    pcpu,
    Math.round(pct * 10) / 10,
  ]);
  return Object.fromEntries(rounded);
}

const host = { ...start, vcpus: [vcpu('a', [0]), vcpu('b', [1])] };

describe('threads that float', () => {
  /** Two pCPUs after 2 s with a background of their own, of which so much is of threads that float. */
  const floatingAt = (own: readonly number[], pct: number) => {
    const later = run(host, 2, own);
    const snapshots = [host, later].map((each, i) => {
      const snapshot = snapshotOf(each);
      // Domain b besides its vCPU.
      const domains = snapshot.domains.map((domain) =>
        domain.uuid === 'b' ? { ...domain, cpuTimeNs: ns(90 + i * 20 * pct) } : domain,
      );
      return { ...snapshot, domains };
    });
    const [before, after] = snapshots;
    if (before === undefined || after === undefined) throw new Error('two snapshots');
    return Object.fromEntries(backgroundOf(observeBackground(undefined, before, after)).floating);
  };

  test.each([
    ['most of it leaves no more than noise: all floats', [0, 15], 4, { 1: 15 }],
    ['a part of it', [0, 60], 4, { 1: 6 }],
    ['where there is least else', [20, 60], 4, { 0: 6, 1: 0 }],
    ['a pCPU that the host keeps busy has no room for any', [0, 100], 4, { 1: 0 }],
    ['none', [0, 60], 0, { 1: 0 }],
  ])('%s', (_, own, pct, floating) => {
    expect(floatingAt(own, pct)).toEqual(floating);
  });
});

test('ticks tell of more than the time that was not idle: it is no more than that', () => {
  const later = run(host, 2, [30, 0]);
  // A program that wakes in step with the ticks is seen at each.
  const [busy, all] = later.times.get(0) ?? [0, 0];
  const times = new Map(later.times).set(0, [busy + 600, all + 600]);
  expect(told(snapshotOf(host), snapshotOf({ ...later, times }))).toEqual({ 0: 30 });
});

describe('one window', () => {
  test('what a pCPU ran besides its vCPUs', () => {
    const after = run(host, 2, [60, 0], { a: 30, b: 100 });
    expect(told(snapshotOf(host), snapshotOf(after))).toEqual({ 0: 60 });
  });

  test.each([
    [10, {}],
    [10.6, { 0: 10.6 }],
  ])('%d points in 2 s, of which only what is above 10 and half a step counts', (own, background) => {
    expect(told(snapshotOf(host), snapshotOf(run(host, 2, [own, 0])))).toEqual(background);
  });

  test.each([
    [4.5, {}],
    [5.5, { 0: 5.5 }],
  ])('%d points in 10 s, of which 5 count', (own, background) => {
    expect(told(snapshotOf(host), snapshotOf(run(host, 10, [own, 0])))).toEqual(background);
  });

  test('the steps of the times of 64 vCPUs can be 4 points', () => {
    const many = { ...start, vcpus: Array.from({ length: 64 }, (_, i) => vcpu(`${i}`, [0])) };
    expect(told(snapshotOf(many), snapshotOf(run(many, 2, [13.9, 14.1])))).toEqual({ 1: 14.1 });
    expect(told(snapshotOf(many), snapshotOf(run(many, 2, [14.1])))).toEqual({ 0: 14.1 });
  });

  test('the first sample of a run knows no places: they count as those of the second', () => {
    const after = run(host, 2, [60, 0], { a: 30, b: 100 });
    expect(told(snapshotOf(host, { unplaced: ['a', 'b'] }), snapshotOf(after))).toEqual({ 0: 60 });
  });

  test('without times nothing is told', () => {
    const after = snapshotOf(run(host, 2, [60, 0]), { withoutTimes: true });
    expect(told(snapshotOf(host, { withoutTimes: true }), after)).toEqual({});
    expect(told(snapshotOf(host), after)).toEqual({});
  });

  test.each<[string, (host: HostNow) => HostNow]>([
    ['went back', (now) => ({ ...now, times: new Map([...now.times, [0, [10, 9000]]]) })],
    ['stood', (now) => ({ ...now, times: new Map([...now.times, [0, [5000, 5000]]]) })],
  ])('times that %s discard the window of that pCPU, and the next one counts', (_, spoil) => {
    const spoilt = spoil(run(host, 2, [60, 60]));
    expect(told(snapshotOf(host), snapshotOf(spoilt))).toEqual({ 1: 60 });
    const next = run(spoilt, 2, [70, 60]);
    expect(told(snapshotOf(host), snapshotOf(spoilt), snapshotOf(next))).toEqual({ 0: 70, 1: 60 });
  });
});

describe('what happens within a window', () => {
  const pinned = (to: readonly number[]) => (now: HostNow) => ({
    ...now,
    vcpus: now.vcpus.map((each) => (each.name === 'a' ? { ...each, on: to } : each)),
  });
  const three = {
    ...start,
    online: [0, 1, 2],
    times: new Map([...start.times, [2, [0, 5000] as const]]),
    vcpus: [vcpu('a', [0]), vcpu('b', [2])],
  };
  const busy = [50, 60, 70];

  test.each<[string, (now: HostNow) => HostNow, Readonly<Record<number, number>>]>([
    ['nothing', (now) => now, { 0: 50, 1: 60, 2: 70 }],
    ['a pin: both pCPUs are left out', pinned([1]), { 2: 70 }],
    ['a mask that is narrowed', pinned([0, 1]), { 2: 70 }],
    [
      'a domain that ends',
      (now) => ({ ...now, vcpus: now.vcpus.filter(({ name }) => name !== 'a') }),
      { 1: 60, 2: 70 },
    ],
    [
      'a domain that starts ran no more than it shows',
      (now) => ({ ...now, vcpus: [...now.vcpus, vcpu('c', [1], 400)] }),
      { 0: 50, 1: 50, 2: 70 },
    ],
    [
      'a domain that is started anew: where it was is left out',
      (now) => ({ ...now, vcpus: [{ ...vcpu('a', [0], 5000), id: 2 }, vcpu('b', [2])] }),
      { 1: 60, 2: 70 },
    ],
    [
      'counters that went back, under the same number',
      (now) => ({ ...now, vcpus: [vcpu('a', [0], 10), vcpu('b', [2])] }),
      { 1: 60, 2: 70 },
    ],
    [
      'a pCPU that goes offline: who was there can have gone anywhere',
      (now) => ({ ...now, online: [0, 1], times: new Map([...now.times].filter(([pcpu]) => pcpu !== 2)) }),
      {},
    ],
  ])('%s', (_, happen, background) => {
    const after = happen(run(three, 4, busy));
    expect(told(snapshotOf(three), snapshotOf(after))).toEqual(background);
  });

  test('the window after a pin counts again', () => {
    const after = pinned([1])(run(three, 4, busy, { a: 50 }));
    const next = run(after, 4, [80, 30, 70], { a: 50 });
    expect(told(snapshotOf(three), snapshotOf(after), snapshotOf(next))).toEqual({ 0: 80, 1: 30, 2: 70 });
  });

  test('a vCPU that could not be read makes its pCPU unknown, until the next window tells both', () => {
    const after = run(three, 4, busy, { a: 30 });
    const next = run(after, 4, [90, 60, 70], { a: 10 });
    const [first, second, third] = [
      snapshotOf(three),
      snapshotOf(after, { unread: ['a'] }),
      snapshotOf(next),
    ];
    expect(told(first, second)).toEqual({ 1: 60, 2: 70 });
    expect(told(first, second, third)).toEqual({ 0: 70, 1: 60, 2: 70 });
  });

  test('a vCPU whose place was never known may have run anywhere', () => {
    const after = run(three, 4, busy, { a: 45 });
    const unplaced = ['a'];
    expect(told(snapshotOf(three, { unplaced }), snapshotOf(after, { unplaced }))).toEqual({
      0: 50,
      1: 15,
      2: 25,
    });
  });

  test('one that is paused and goes on: where it is is left out both times, and not in between', () => {
    const paused = ['a'];
    const at = [three, run(three, 4, busy), run(three, 8, busy), run(three, 12, busy)] as const;
    const [before, gone, still, back] = [
      snapshotOf(at[0]),
      snapshotOf(at[1], { paused }),
      snapshotOf(at[2], { paused }),
      snapshotOf(at[3]),
    ];
    expect(told(before, gone)).toEqual({ 1: 60, 2: 70 });
    expect(told(gone, still)).toEqual({ 0: 50, 1: 60, 2: 70 });
    expect(told(still, back)).toEqual({ 1: 60, 2: 70 });
  });
});

describe('from window to window', () => {
  /** The background of pCPU 0 after windows of 2 s with these shares. */
  const levelAfter = (...own: readonly number[]) => {
    let now: HostNow = host;
    const snapshots = [snapshotOf(now)];
    for (const pct of own) {
      now = run(now, 2, [pct, 0]);
      snapshots.push(snapshotOf(now));
    }
    return told(...snapshots)[0];
  };

  test('the mean of what was observed, as long as that is less than half a minute', () => {
    expect(levelAfter(20, 30, 25, 25)).toBe(25);
  });

  test('then the newest window has its part of half a minute', () => {
    const settled = Array<number>(15).fill(30);
    expect(levelAfter(...settled, 45)).toBe(31);
  });

  test('two windows in a row that are far off are a change, and what was before is forgotten', () => {
    const settled = Array<number>(15).fill(10);
    expect(levelAfter(...settled, 90)).toBe(15.3);
    expect(levelAfter(...settled, 90, 80)).toBe(85);
    expect(levelAfter(...settled, 90, 10, 90)).toBeLessThan(25);
  });

  test('times that are read seldom are measured from the last time to the next, over pins elsewhere', () => {
    const at = [host, run(host, 2, [80, 50]), run(host, 4, [60, 40])] as const;
    const [first, second, third] = [
      snapshotOf(at[0]),
      snapshotOf(at[1], { withoutTimes: true }),
      snapshotOf(at[2]),
    ];
    expect(told(first, second, third)).toEqual({ 0: 60, 1: 40 });
    const pinned = {
      ...at[2],
      vcpus: at[2].vcpus.map((each) => (each.name === 'b' ? { ...each, on: [0, 1] } : each)),
    };
    expect(told(first, second, snapshotOf(pinned))).toEqual({});
  });

  test('what could not be told for five minutes is forgotten', () => {
    const known = run(host, 2, [60, 0]);
    const later = (seconds: number) => snapshotOf(run(known, seconds, [60, 0]), { withoutTimes: true });
    const first = [snapshotOf(host), snapshotOf(known)];
    expect(told(...first, later(299))).toEqual({ 0: 60 });
    expect(told(...first, later(299), later(301))).toEqual({});
  });
});
