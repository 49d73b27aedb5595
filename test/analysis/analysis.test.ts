import { describe, expect, test } from 'vitest';
import { type Analysed, analysis } from '../../src/analysis/analysis.ts';
import { unbounded } from '../../src/model/bounds.ts';
import { readyMs } from '../../src/model/host-report.ts';
import type { Sample } from '../../src/simulate/recording/encode.ts';

/** What one vCPU ran and waited since the sample before, in milliseconds, and where it may run; undefined: no sample. */
type Step = { readonly ran: number; readonly waited?: number | undefined; readonly on?: readonly number[] };

const hour = 3_600_000;
/** On the hour. */
const startMs = Date.UTC(2026, 0, 2, 8);

/** Samples of domains with one vCPU each, on two pCPUs, by the steps of each; `everyMs` apart. */
function samples(
  steps: Readonly<Record<string, readonly (Step | undefined)[]>>,
  everyMs: number,
): readonly (Sample | undefined)[] {
  const count = Math.max(...Object.values(steps).map((own) => own.length));
  const sums = new Map<string, { cpuTimeNs: bigint; delayNs: bigint | undefined }>();
  const affinities = new Map(Object.entries(steps).map(([name, own]) => [name, own[0]?.on ?? [0]]));
  const hasNoDelay = (step: Step | undefined) =>
    step !== undefined && 'waited' in step && step.waited === undefined;
  const withoutDelay = new Set(Object.keys(steps).filter((name) => steps[name]?.some(hasNoDelay)));
  return Array.from({ length: count + 1 }, (_, i) => {
    if (i > 0 && Object.values(steps).every((own) => own[i - 1] === undefined)) return undefined;
    const domains = Object.entries(steps).map(([name, own]) => {
      const step = own[i - 1];
      const before = sums.get(name) ?? { cpuTimeNs: 0n, delayNs: 0n };
      const after = {
        cpuTimeNs: before.cpuTimeNs + BigInt(Math.round((step?.ran ?? 0) * 1e6)),
        delayNs: withoutDelay.has(name)
          ? undefined
          : (before.delayNs ?? 0n) + BigInt(Math.round((step?.waited ?? 0) * 1e6)),
      };
      sums.set(name, after);
      const affinity = step?.on ?? affinities.get(name) ?? [0];
      affinities.set(name, affinity);
      return {
        uuid: `uuid-${name}`,
        name,
        id: undefined,
        bounds: unbounded,
        vcpus: [
          {
            number: 0,
            counters: after,
            placement: { affinity, lastPcpu: affinity[0] ?? 0 },
            problem: undefined,
          },
        ],
      };
    });
    return {
      wallMs: startMs + i * everyMs,
      snapshot: {
        takenAtMs: i * everyMs,
        online: [0, 1],
        isolated: undefined,
        topology: [],
        pcpuTimes: new Map(),
        capacity: new Map(),
        domains,
        leftAlone: [],
      },
    };
  });
}

function analysed(all: readonly (Sample | undefined)[]): Analysed {
  const reader = analysis();
  for (const sample of all) {
    if (sample === undefined) reader.addGap();
    else reader.addSample(sample);
  }
  const result = reader.result();
  if (result === undefined) throw new Error('nothing was analysed');
  return result;
}

const times = <T>(count: number, step: T): readonly T[] => Array.from({ length: count }, () => step);

describe('the figures', () => {
  test('ready is per cent, and milliseconds of 20 s', () => {
    // A fifth of the time: 4 s of 20 s.
    const { host, domains } = analysed(samples({ a: times(40, { ran: 2500, waited: 1000 }) }, 5000));
    expect(host.ready).toEqual({ p50: 20, p95: 20, p99: 20, mean: 20 });
    expect(host.usage?.p95).toBe(50);
    expect(readyMs(host.ready?.p95 ?? 0)).toBe(4000);
    expect(domains[0]).toMatchObject({ domain: { name: 'a' }, vcpus: 1, ready: { p95: 20 } });
  });

  test('are of 20 s: what is shorter is put together, what is longer is as it is', () => {
    const busy = { ran: 0, waited: 5000 };
    const idle = { ran: 0, waited: 0 };
    const quarters = times(25, [busy, idle, idle, idle]).flat();
    expect(analysed(samples({ a: quarters }, 5000)).host.ready).toEqual({
      p50: 25,
      p95: 25,
      p99: 25,
      mean: 25,
    });
    const long = [...times(10, { ran: 0, waited: 30_000 }), ...times(90, idle)];
    expect(analysed(samples({ a: long }, 60_000)).host.ready).toMatchObject({ p50: 0, p95: 50, mean: 5 });
  });

  test('the load of a pCPU is what its vCPUs demand', () => {
    const { host } = analysed(
      samples({ a: times(8, { ran: 3000, waited: 2000 }), b: times(8, { ran: 1000, waited: 1000 }) }, 5000),
    );
    expect(host.busiest?.p50).toBe(140);
    expect(host.load?.p50).toBe(70);
  });

  test('a ready time that was not told is unknown, and not 0', () => {
    const { host, hours, domains } = analysed(
      samples({ a: times(8, { ran: 3000, waited: undefined }) }, 5000),
    );
    expect(host.ready).toBeUndefined();
    expect(domains[0]?.ready).toBeUndefined();
    expect(hours[0]?.ready).toBeUndefined();
    expect(host.usage?.p50).toBe(60);
  });

  test('time without samples counts nowhere', () => {
    const step = { ran: 1000, waited: 500 };
    const { recorded, host } = analysed(samples({ a: [step, step, undefined, step, step] }, 20_000));
    expect(recorded).toMatchObject({ gaps: 1, measuredMs: 60_000, everyMs: 20_000, samples: 5 });
    expect(host.ready).toMatchObject({ p50: 2.5, p99: 2.5 });
  });

  test('one sample says nothing', () => {
    const reader = analysis();
    for (const sample of samples({ a: [] }, 5000)) if (sample) reader.addSample(sample);
    expect(reader.result()).toBeUndefined();
  });
});

describe('hours', () => {
  const calm = { ran: 6000, waited: 0 };
  const crowded = { ran: 12_000, waited: 48_000 };

  test('are those of the clock, with the time in which one vCPU of twenty waited too long', () => {
    const steps = [...times(60, calm), ...times(30, crowded), ...times(60, calm)];
    const { hours } = analysed(samples({ a: steps }, 60_000));
    expect(hours.map(({ fromMs }) => (fromMs - startMs) / hour)).toEqual([0, 1, 2]);
    expect(hours.map(({ crowdedMs, badMs }) => [crowdedMs, badMs])).toEqual([
      [0, 0],
      [hour / 2, hour / 2],
      [0, 0],
    ]);
    expect(hours.map(({ ready }) => ready?.p95)).toEqual([0, 80, 0]);
    expect(hours.map(({ measuredMs }) => measuredMs)).toEqual([hour, hour, hour / 2]);
  });
});

describe('changes of affinities', () => {
  const crowded = { ran: 2500, waited: 2500 };
  const alone = { ran: 5000, waited: 0 };

  test('are none where none changed', () => {
    expect(analysed(samples({ a: times(40, crowded) }, 5000)).changes).toBeUndefined();
  });

  test('are told with the minute before and after', () => {
    const before = { ...crowded, on: [0] };
    const { changes } = analysed(
      samples(
        {
          a: [...times(20, before), ...times(20, { ...alone, on: [0] })],
          b: [...times(20, before), ...times(20, { ...alone, on: [1] })],
        },
        5000,
      ),
    );
    expect(changes).toMatchObject({ count: 1, moves: 1, episodes: 1 });
    // Both want all of pCPU 0, then each has one.
    expect(changes?.before).toEqual({ readyPct: 50, spread: 100 });
    expect(changes?.after).toEqual({ readyPct: 0, spread: 0 });
  });

  test('with less than a minute between them are one episode; the first pin of a floating vCPU is no move', () => {
    const on = (pcpus: readonly number[], count: number) =>
      times(count, { ran: 1000, waited: 100, on: pcpus });
    const steps = [...on([0, 1], 20), ...on([0], 6), ...on([1], 30), ...on([0], 30)];
    const { changes } = analysed(samples({ a: steps }, 5000));
    expect(changes).toMatchObject({ count: 3, moves: 2, episodes: 2 });
    expect(changes?.largest.map((each) => each.changes)).toEqual([2, 1]);
  });
});

describe('the timeline', () => {
  test.each([
    [60, 20_000],
    [1441, 300_000],
    [10_000, 3_600_000],
  ])('of %i minutes has columns of %i ms, and no more than 300', (minutes, columnMs) => {
    const { timeline } = analysed(samples({ a: times(minutes, { ran: 6000, waited: 600 }) }, 60_000));
    expect(timeline.columnMs).toBe(columnMs);
    expect(timeline.columns.length).toBeLessThanOrEqual(300);
    const measuredMs = timeline.columns.reduce((sum, column) => sum + column.measuredMs, 0);
    expect(measuredMs).toBe(minutes * 60_000);
    const known = timeline.readyPcts[0]?.filter((pct) => pct !== undefined) ?? [];
    expect(known.every((pct) => Math.abs(pct - 1) < 1e-9)).toBe(true);
  });
});
