import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readingsOf } from '../../src/host/reading.ts';
import { type Bounds, unbounded } from '../../src/model/bounds.ts';
import type { Domain } from '../../src/model/domain.ts';
import { demandPct, type Reading } from '../../src/model/host-load.ts';

const windowMs = 2000;

/** What a vCPU does within the window, in per cent of it; undefined: not told. */
type Does = { readonly ran: number; readonly waited?: number; readonly polled?: number };

const shareNs = (pct: number) => BigInt(Math.round((pct / 100) * windowMs * 1e6));
const largeNs = 2n ** 64n - 10n ** 13n;

function domainOf(quota: Bounds['quota'], vcpus: readonly Does[], emulatorPct: number | undefined): Domain {
  const sum = vcpus.reduce((total, { ran }) => total + ran, 0);
  return {
    uuid: 'a',
    name: 'a',
    id: 1,
    bounds: { ...unbounded, quota },
    cpuTimeNs: emulatorPct === undefined ? undefined : largeNs + shareNs(sum + emulatorPct),
    vcpus: vcpus.map(({ ran, waited, polled }, number) => ({
      number: 3 * number,
      counters: {
        cpuTimeNs: largeNs + shareNs(ran),
        delayNs: waited === undefined ? undefined : largeNs + shareNs(waited),
        polledNs: polled === undefined ? undefined : largeNs + shareNs(polled),
      },
      placement: { affinity: [0], lastPcpu: 0 },
      problem: undefined,
    })),
  };
}

function readingsWith(
  quota: Partial<Bounds['quota']>,
  vcpus: readonly Does[],
  emulatorPct?: number,
): readonly Reading[] {
  const whole = { vcpuPct: undefined, domainPct: undefined, ...quota };
  const idle = vcpus.map(({ waited, polled }) => ({
    ran: 0,
    ...(waited === undefined ? {} : { waited: 0 }),
    ...(polled === undefined ? {} : { polled: 0 }),
  }));
  const before = domainOf(whole, idle, emulatorPct === undefined ? undefined : 0);
  return [...readingsOf(before, domainOf(whole, vcpus, emulatorPct), windowMs).values()];
}

const only = (quota: Partial<Bounds['quota']>, does: Does) => readingsWith(quota, [does])[0];

describe('a quota of each vCPU', () => {
  test.each<[string, number, Does, Partial<Extract<Reading, { kind: 'measured' }>>, number]>([
    [
      'throttled: no delay',
      20,
      { ran: 20, waited: 80 },
      { usagePct: 20, delayPct: 0, throttledPct: 80, capPct: 20 },
      20,
    ],
    [
      'crowded below the cap: it wants what it may use',
      50,
      { ran: 10, waited: 90 },
      { usagePct: 10, delayPct: 40, throttledPct: 50 },
      50,
    ],
    [
      'all that it waited could have been served',
      50,
      { ran: 10, waited: 30 },
      { delayPct: 30, throttledPct: 0 },
      40,
    ],
    [
      'a little above the cap, as counters round',
      20,
      { ran: 20.5, waited: 70 },
      { delayPct: 0, throttledPct: 70 },
      20,
    ],
    ['idle', 20, { ran: 0, waited: 0 }, { delayPct: 0, throttledPct: 0, capPct: 20 }, 0],
    [
      'no delay told (before libvirt 7.2)',
      20,
      { ran: 20 },
      { usagePct: 20, delayPct: undefined, capPct: 20 },
      20,
    ],
    ['a whole pCPU is no cap', 100, { ran: 60, waited: 40 }, { delayPct: 40, capPct: undefined }, 100],
    [
      'more than a pCPU neither',
      150,
      { ran: 60, waited: 40 },
      { delayPct: 40, throttledPct: undefined },
      100,
    ],
  ])('%s', (_, vcpuPct, does, reading, demand) => {
    const found = only({ vcpuPct }, does);
    expect(found).toMatchObject({ kind: 'measured', ...reading });
    expect(found?.kind === 'measured' ? demandPct(found) : undefined).toBeCloseTo(demand, 6);
  });
});

describe('a quota of the domain', () => {
  const caps = (domainPct: number, vcpus: readonly Does[], emulatorPct?: number) =>
    readingsWith({ domainPct }, vcpus, emulatorPct).map((each) =>
      each.kind === 'measured' && each.capPct !== undefined ? Math.round(each.capPct) : undefined,
    );

  test.each<[string, number, readonly Does[], number | undefined, readonly (number | undefined)[]]>([
    [
      'divided among those that want more',
      100,
      [
        { ran: 50, waited: 50 },
        { ran: 50, waited: 50 },
      ],
      undefined,
      [50, 50],
    ],
    [
      'who wants less gets that, and the others the rest',
      120,
      [
        { ran: 10, waited: 0 },
        { ran: 55, waited: 45 },
        { ran: 55, waited: 40 },
      ],
      undefined,
      [55, 55, 55],
    ],
    [
      'less the emulator',
      100,
      [
        { ran: 40, waited: 60 },
        { ran: 40, waited: 60 },
      ],
      20,
      [40, 40],
    ],
    [
      'one may use what the others leave',
      120,
      [
        { ran: 30, waited: 0 },
        { ran: 50, waited: 0 },
      ],
      undefined,
      [70, 90],
    ],
    [
      'no cap where a whole pCPU is left',
      300,
      [
        { ran: 30, waited: 0 },
        { ran: 50, waited: 50 },
      ],
      undefined,
      [undefined, undefined],
    ],
    [
      'who got more than its part has what it got, and the others what that leaves',
      100,
      [
        { ran: 70, waited: 30 },
        { ran: 30, waited: 70 },
      ],
      undefined,
      [70, 30],
    ],
  ])('%s', (_, domainPct, vcpus, emulatorPct, expected) => {
    expect(caps(domainPct, vcpus, emulatorPct)).toEqual(expected);
  });

  test('with one of each vCPU the smaller one counts', () => {
    const readings = readingsWith({ vcpuPct: 30, domainPct: 100 }, [
      { ran: 30, waited: 70 },
      { ran: 30, waited: 70 },
    ]);
    expect(readings).toMatchObject([{ capPct: 30 }, { capPct: 30 }]);
  });

  const does = fc.record({ ran: fc.integer({ min: 0, max: 40 }), waited: fc.integer({ min: 0, max: 60 }) });
  const several = fc.array(does, { minLength: 1, maxLength: 8 });
  const sumOf = (vcpus: readonly Does[], of: (each: Does) => number) =>
    vcpus.reduce((sum, each) => sum + of(each), 0);

  test('what vCPUs want above what they got is no more than what the quota leaves', () => {
    fc.assert(
      fc.property(several, fc.integer({ min: 1, max: 400 }), (vcpus, domainPct) => {
        const more = readingsWith({ domainPct }, vcpus).map((each, i) =>
          each.kind === 'measured' ? Math.max(0, demandPct(each) - (vcpus[i]?.ran ?? 0)) : Number.NaN,
        );
        const ran = sumOf(vcpus, (each) => Math.min(each.ran, domainPct / vcpus.length));
        expect(more.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(
          Math.max(0, domainPct - ran) + 1e-6,
        );
      }),
    );
  });

  test('nobody is throttled where there is enough for all', () => {
    fc.assert(
      fc.property(several, fc.integer({ min: 0, max: 100 }), (vcpus, spare) => {
        const domainPct = sumOf(vcpus, ({ ran, waited }) => ran + (waited ?? 0)) + spare;
        for (const reading of readingsWith({ domainPct: Math.max(1, domainPct) }, vcpus))
          expect(reading).toMatchObject({ kind: 'measured' });
        const throttled = readingsWith({ domainPct: Math.max(1, domainPct) }, vcpus).map((each) =>
          each.kind === 'measured' ? (each.throttledPct ?? 0) : Number.NaN,
        );
        expect(Math.max(...throttled)).toBeLessThan(1e-6);
      }),
    );
  });
});

describe('halt polling', () => {
  test('is no usage', () => {
    const reading = only({}, { ran: 60, waited: 0, polled: 50 });
    expect(reading).toMatchObject({ usagePct: 10, delayPct: 0, polledPct: 50 });
  });

  test('is no more than what ran', () => {
    expect(only({}, { ran: 20, waited: 0, polled: 21 })).toMatchObject({ usagePct: 0, polledPct: 20 });
  });

  test('counts to the quota', () => {
    const reading = only({ vcpuPct: 30 }, { ran: 30, waited: 70, polled: 10 });
    expect(reading).toMatchObject({ usagePct: 20, delayPct: 0, throttledPct: 70 });
  });

  test('is not known where libvirt does not tell', () => {
    expect(only({}, { ran: 20, waited: 0 })).toMatchObject({ usagePct: 20, polledPct: undefined });
  });
});

test('a vCPU that waited longer than the window wants a pCPU', () => {
  const reading = only({}, { ran: 30, waited: 170 });
  expect(reading).toMatchObject({ usagePct: 30, delayPct: 100 });
});
