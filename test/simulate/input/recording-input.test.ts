import { describe, expect, test } from 'vitest';
import { unbounded } from '../../../src/model/bounds.ts';
import type { Domain, Vcpu } from '../../../src/model/domain.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { advance } from '../../../src/simulate/advance.ts';
import type { Host } from '../../../src/simulate/host.ts';
import { recordingInput } from '../../../src/simulate/input/recording-input.ts';
import { snapshotOf } from '../../../src/simulate/snapshot-of.ts';
import { figures, vcpuOf } from '../support/figures.ts';
import { hostOf } from '../support/host-of.ts';

async function* recorded(snapshots: readonly Snapshot[]) {
  for (const [i, snapshot] of snapshots.entries()) yield { line: i + 2, snapshot };
}

const inputOf = (snapshots: readonly Snapshot[]) => recordingInput('day.ndjson', recorded(snapshots));

/** Samples of a modelled host, one every so often, the first at second 0. */
function samplesOf(host: Host, seconds: number, count: number): readonly Snapshot[] {
  return Array.from({ length: count }, (_, i) => snapshotOf(advance(host, i * seconds)));
}

describe('a modelled host whose guests work in bursts, recorded and run again', () => {
  /** Each has a rhythm of its own. */
  const burstsOf = (affinity: string) => {
    const duties = [0.15, 0.35, 0.1, 0.5, 0.25, 0.05, 0.4, 0.2];
    const guests = duties.map(
      (duty, i) =>
        `[[domains]]\nname = "g${i}"\naffinity = ${affinity.replace('in-turn', `${i % 4}`)}\n` +
        `demand = { high = 100, period = ${0.2 + i * 0.0173}, duty = ${duty} }\n`,
    );
    return hostOf(`pcpus = 4\n${guests.join('')}`);
  };

  test.each([
    ['spread', 'in-turn', 1],
    ['crowded', '0', 1.5],
    ['free to go', '"all"', 3],
  ])('%s: each vCPU runs and waits as before', async (_, affinity, points) => {
    const host = burstsOf(affinity);
    const { host: again, seconds } = await inputOf(samplesOf(host, 5, 25));
    expect(seconds).toBe(120);
    const before = figures(host, advance(host, 120));
    const after = figures(again, advance(again, 120));
    for (const [vcpu, { run, delay }] of Object.entries(before)) {
      expect(Math.abs((after[vcpu]?.run ?? 0) - run)).toBeLessThan(points);
      expect(Math.abs((after[vcpu]?.delay ?? 0) - delay)).toBeLessThan(points);
    }
  });

  test('elsewhere, each has as much to do as it had', async () => {
    const { host: again } = await inputOf(samplesOf(burstsOf('0'), 5, 25));
    const spread: Host = {
      ...again,
      domains: again.domains.map((domain, i) => ({
        ...domain,
        vcpus: domain.vcpus.map((vcpu) => ({ ...vcpu, pinned: [i % 4], pcpu: i % 4 })),
      })),
    };
    const [crowded, elsewhere] = [again, spread].map((each) =>
      Object.values(figures(each, advance(each, 120))),
    );
    for (const [i, { run = 0, delay = 0 } = {}] of (elsewhere ?? []).entries()) {
      const { run: ranThere = 0, delay: waitedThere = 0 } = crowded?.[i] ?? {};
      expect(run + delay).toBeCloseTo(ranThere + waitedThere, 0);
      expect(run).toBeGreaterThan(ranThere);
    }
  });
});

type Shown = Partial<Vcpu> & {
  readonly ranMs?: number;
  readonly waitedMs?: number | undefined;
  readonly on?: readonly number[];
};

const vcpu = (number: number, { ranMs, waitedMs = 0, on = [0], ...rest }: Shown): Vcpu => ({
  number,
  counters:
    ranMs === undefined ? undefined : { cpuTimeNs: BigInt(ranMs * 1e6), delayNs: BigInt(waitedMs * 1e6) },
  placement: { affinity: on, lastPcpu: on[0] ?? 0 },
  problem: undefined,
  ...rest,
});

const domain = (name: string, ...vcpus: readonly Vcpu[]): Domain => ({
  uuid: `uuid-${name}`,
  name,
  id: undefined,
  bounds: unbounded,
  vcpus,
});

const sample = (seconds: number, domains: readonly Domain[], more: Partial<Snapshot> = {}): Snapshot => ({
  takenAtMs: 7e9 + seconds * 1000,
  pcpuTimes: new Map(),
  capacity: new Map(),
  online: [0, 1],
  isolated: undefined,
  topology: [],
  domains,
  leftAlone: [],
  ...more,
});

/** What vCPU 0 of `a` is at each of those seconds: what it ran in the second before, whether it is there. */
function seen(host: Host, seconds: readonly number[]) {
  return seconds.map((second) => {
    const [before, after] = [advance(host, second - 1), advance(host, second)];
    const [then, now] = [vcpuOf(before, 'a'), vcpuOf(after, 'a')];
    if (now?.online !== true) return 'off';
    if (after.domains[0]?.state !== 'running') return 'paused';
    return Math.round((now.runNs - (then?.runNs ?? 0)) / 1e7);
  });
}

describe('what the samples show', () => {
  test('a window each, however long', async () => {
    const ran = [0, 100, 3000, 3000, 4000];
    const at = [0, 1, 11, 12, 14];
    const { host, seconds } = await inputOf(
      at.map((second, i) => sample(second, [domain('a', vcpu(0, { ranMs: ran[i] ?? 0 }))])),
    );
    expect(seconds).toBe(14);
    expect(seen(host, [1, 2, 11, 12, 13, 14])).toEqual([10, 29, 29, 0, 50, 50]);
  });

  test('usage and delay together, at most a pCPU', async () => {
    const { host } = await inputOf([
      sample(0, [domain('a', vcpu(0, { ranMs: 0 }))]),
      sample(10, [domain('a', vcpu(0, { ranMs: 3000, waitedMs: 4000 }))]),
      sample(20, [domain('a', vcpu(0, { ranMs: 10_000, waitedMs: 9000 }))]),
    ]);
    expect(seen(host, [5, 15])).toEqual([70, 100]);
  });

  test('usage alone where the delay is not told', async () => {
    const old = (ranMs: number) =>
      vcpu(0, { counters: { cpuTimeNs: BigInt(ranMs * 1e6), delayNs: undefined } });
    const { host } = await inputOf([sample(0, [domain('a', old(0))]), sample(10, [domain('a', old(3000))])]);
    expect(seen(host, [5])).toEqual([30]);
  });

  test('counters that are missing for a while: evenly over the time between', async () => {
    const { host } = await inputOf([
      sample(0, [domain('a', vcpu(0, { ranMs: 0 }))]),
      sample(10, [domain('a', vcpu(0, {}))]),
      sample(20, [domain('a', vcpu(0, { ranMs: 5000 }))]),
      sample(30, [domain('a', vcpu(0, {}))]),
    ]);
    expect(seen(host, [5, 15, 25])).toEqual([25, 25, 25]);
  });

  test('a domain that comes and goes, from the first sample that has it to the last', async () => {
    const { host } = await inputOf([
      sample(0, []),
      sample(10, [domain('a', vcpu(0, { ranMs: 900 }))]),
      sample(20, [domain('a', vcpu(0, { ranMs: 4900 }))]),
      sample(30, []),
      sample(40, [domain('a', vcpu(0, { ranMs: 100 }))]),
      sample(50, [domain('a', vcpu(0, { ranMs: 700 }))]),
    ]);
    expect(seen(host, [5, 15, 19, 25, 35, 45])).toEqual(['off', 40, 40, 'off', 'off', 6]);
  });

  test('a domain that was started anew counts from there, with the pins it got then', async () => {
    const { host } = await inputOf([
      sample(0, [domain('a', vcpu(0, { ranMs: 90_000, on: [1] }))]),
      sample(10, [domain('a', vcpu(0, { ranMs: 95_000, on: [1] }))]),
      sample(20, [domain('a', vcpu(0, { ranMs: 2000, on: [0] }))]),
      sample(30, [domain('a', vcpu(0, { ranMs: 4000, on: [1] }))]),
    ]);
    expect(seen(host, [5, 15, 25])).toEqual([50, 'off', 20]);
    expect([5, 25].map((second) => vcpuOf(advance(host, second), 'a')?.pcpu)).toEqual([1, 0]);
  });

  test('a vCPU that is plugged in, and out', async () => {
    const { host } = await inputOf([
      sample(0, [domain('a', vcpu(2, { ranMs: 0 }))]),
      sample(10, [domain('a', vcpu(0, { ranMs: 0 }), vcpu(2, { ranMs: 0 }))]),
      sample(20, [domain('a', vcpu(0, { ranMs: 3000 }), vcpu(2, { ranMs: 0 }))]),
      sample(30, [domain('a', vcpu(2, { ranMs: 0 }))]),
    ]);
    expect(host.domains[0]?.vcpus.map(({ number, online }) => [number, online])).toEqual([
      [0, false],
      [2, true],
    ]);
    expect(seen(host, [5, 15, 25])).toEqual(['off', 30, 'off']);
  });

  test('a domain without figures is paused until it has some again, and keeps its pins', async () => {
    const a = { uuid: 'uuid-a', name: 'a' };
    const { host } = await inputOf([
      sample(0, [domain('a', vcpu(0, { ranMs: 0, on: [1] }))]),
      sample(10, [domain('a', vcpu(0, { ranMs: 2000, on: [1] }))]),
      sample(20, [], { leftAlone: [{ domain: a, vcpu: undefined, reason: 'paused' }] }),
      sample(30, [domain('a', vcpu(0, { ranMs: 2000, on: [1] }))]),
      sample(40, [domain('a', vcpu(0, { ranMs: 5000, on: [1] }))]),
    ]);
    expect(seen(host, [5, 15, 25, 35])).toEqual([20, 'paused', 'paused', 30]);
    expect(vcpuOf(advance(host, 35), 'a')?.pinned).toEqual([1]);
  });

  test('pins of the start count, those changed later do not; the place may come with a later sample', async () => {
    const { host } = await inputOf([
      sample(0, [
        domain('a', vcpu(0, { ranMs: 0, placement: undefined }), vcpu(1, { ranMs: 0, on: [0, 1] })),
      ]),
      sample(10, [domain('a', vcpu(0, { ranMs: 0, on: [1] }), vcpu(1, { ranMs: 0, on: [0, 1] }))]),
      sample(20, [domain('a', vcpu(0, { ranMs: 0, on: [0] }), vcpu(1, { ranMs: 0, on: [0] }))]),
    ]);
    expect(advance(host, 20).domains[0]?.vcpus.map(({ pinned }) => pinned)).toEqual([[1], undefined]);
  });

  test('pCPUs that go offline and come back', async () => {
    const { host } = await inputOf([
      sample(0, []),
      sample(10, [], { online: [0] }),
      sample(20, [], { online: [0, 1, 2] }),
    ]);
    expect([5, 15, 20].map((second) => advance(host, second).online)).toEqual([[0, 1], [0], [0, 1, 2]]);
  });
});

test.each([
  ['no sample', [], 'day.ndjson:1: the recording has no sample, and what vCPUs want lies between two'],
  [
    'one sample',
    [sample(3, [])],
    'day.ndjson:2: the recording has one sample, and what vCPUs want lies between two',
  ],
])('a recording of %s tells nothing', async (_, samples, message) => {
  await expect(inputOf(samples)).rejects.toMatchObject({ status: 65, message });
});

describe('what a recording tells besides its vCPUs', () => {
  const pcpuBusy = (host: Host, pcpu: number): number => {
    const { userNs = 0, systemNs = 0 } = host.pcpuTimes?.find((times) => times.pcpu === pcpu) ?? {};
    return userNs + systemNs;
  };

  test('what the host itself ran, it runs again', async () => {
    const host = hostOf(
      'pcpus = 2\n[[background]]\npcpus = 1\ndemand = { steps = [[0, 60], [60, 20]] }\n' +
        '[[domains]]\nname = "a"\naffinity = 0\ndemand = 30\n',
    );
    const { host: again } = await inputOf(samplesOf(host, 5, 25));
    expect(again.background.map(({ pcpu }) => pcpu)).toEqual([1]);
    const early = pcpuBusy(advance(again, 50), 1) / 50e7;
    const late = (pcpuBusy(advance(again, 120), 1) - pcpuBusy(advance(again, 90), 1)) / 30e7;
    // Smoothed, and as exact as ticks of 10 ms are.
    expect(early).toBeGreaterThan(55);
    expect(early).toBeLessThan(61);
    expect(late).toBeGreaterThan(18);
    expect(late).toBeLessThan(25);
  });

  test('a vCPU beside it wants what it wanted', async () => {
    const host = hostOf(
      'pcpus = 2\n[[background]]\npcpus = 0\ndemand = 40\n[[domains]]\nname = "a"\naffinity = 0\ndemand = 100\n',
    );
    const { host: again } = await inputOf(samplesOf(host, 5, 13));
    const { run, delay } = figures(again, advance(again, 60))['a/0'] ?? { run: 0, delay: 0 };
    expect([Math.round(run), Math.round(delay)]).toEqual([60, 40]);
  });

  test('a quota throttles again, and no capped demand is taken for starvation', async () => {
    const host = hostOf('pcpus = 1\n[[domains]]\nname = "a"\naffinity = 0\nquota = 20\ndemand = 100\n');
    const { host: again } = await inputOf(samplesOf(host, 5, 13));
    const after = advance(again, 60);
    expect(figures(again, after)['a/0']).toEqual({ run: 20, delay: 80 });
    expect(vcpuOf(after, 'a')?.starvedNs).toBeCloseTo(0, 0);
    expect(snapshotOf(again).domains[0]?.bounds.quota.vcpuPct).toBe(20);
  });

  test('halt polling is no demand', async () => {
    const host = hostOf('pcpus = 1\n[[domains]]\nname = "a"\naffinity = 0\npolling = 50\ndemand = 10\n');
    const { host: again } = await inputOf(samplesOf(host, 5, 13));
    expect(figures(again, advance(again, 60))['a/0']?.run).toBe(10);
  });

  test('a domain that could not be read at first is bound as it was then', async () => {
    const host = hostOf('pcpus = 2\n[[domains]]\nname = "a"\nquota = 30\ndemand = 10\n');
    const [first, ...others] = samplesOf(host, 5, 3);
    if (first === undefined) expect.fail('there is no sample');
    const unread = first.domains.map((domain) => ({
      ...domain,
      bounds: { ...unbounded, leave: 'it has just started' },
    }));
    const { host: again } = await inputOf([{ ...first, domains: unread }, ...others]);
    expect(snapshotOf(again).domains[0]?.bounds).toMatchObject({ quota: { vcpuPct: 30 }, leave: undefined });
  });

  test('limits and capacities are those of the host', async () => {
    const host = hostOf(
      'pcpus = 4\ncapacity = { "3" = 0.5 }\n[[domains]]\nname = "a"\ncpuset = "0-1"\nguest-threads = 2\nvcpus = 2\nvcpupin = [1, "all"]\ndemand = 10\n',
    );
    const { host: again } = await inputOf(samplesOf(host, 5, 3));
    const { capacity, domains } = snapshotOf(again);
    expect(capacity).toEqual(new Map([[3, 0.5]]));
    expect(domains[0]?.bounds).toMatchObject({
      cpuset: [0, 1],
      guestThreads: 2,
      pins: [{ vcpu: 0, cpus: [1] }],
    });
  });
});

describe('what would never end', () => {
  test.each([
    [
      'samples a long time apart',
      1e15,
      /^day\.ndjson:3: the sample is \d+ days after the first: at most 100$/,
    ],
    ['just as long', 8_640_001_000, /^day\.ndjson:3: the sample is 100 days after the first: at most 100$/],
  ])('%s', async (_, laterMs, message) => {
    const [first] = samplesOf(hostOf('pcpus = 1\n[[domains]]\nname = "a"\ndemand = 10\n'), 5, 1);
    if (first === undefined) expect.fail('there is no sample');
    await expect(inputOf([first, { ...first, takenAtMs: laterMs }])).rejects.toThrow(message);
  });
});
