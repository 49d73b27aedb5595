import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BusyPcpu, backgroundWithin, type RanVcpu } from '../../src/host/background-window.ts';

const windowMs = 2000;
const online = [0, 1, 2, 3];
const anywhere = online;

/** Busy so many per cent each, on clocks that went as far as the window. */
function busyOf(...shares: readonly (number | undefined)[]): ReadonlyMap<number, BusyPcpu> {
  return new Map(
    shares.flatMap((busyPct, pcpu) =>
      busyPct === undefined ? [] : [[pcpu, { busyPct, clockMs: windowMs }]],
    ),
  );
}

/** A vCPU that ran so many per cent of the window. */
const ran = (mask: readonly number[], pct: number | undefined): RanVcpu => ({
  mask,
  ranMs: pct === undefined ? undefined : (pct * windowMs) / 100,
});

const low = [0, 1];
const high = [2, 3];
const middle = [1, 2];

describe('what is no vCPU', () => {
  test.each<[string, readonly (number | undefined)[], readonly RanVcpu[], Readonly<Record<number, number>>]>([
    ['a host without vCPUs', [90, 0, 5, 100], [], { 0: 90, 1: 0, 2: 5, 3: 100 }],
    [
      'pinned vCPUs are taken off their own pCPU',
      [90, 60, 30, 0],
      [ran([0], 50), ran([0], 10), ran([1], 60)],
      { 0: 30, 1: 0, 2: 30, 3: 0 },
    ],
    [
      'counters a little ahead of the pCPU leave nothing',
      [49, 0, 0, 0],
      [ran([0], 50)],
      { 0: 0, 1: 0, 2: 0, 3: 0 },
    ],
    [
      'a mask: the sum of its pCPUs is exact, and is spread by what they do',
      [75, 25, 40, 0],
      [ran(low, 40)],
      { 0: 45, 1: 15, 2: 40, 3: 0 },
    ],
    [
      'pinned vCPUs in a mask take off their pCPU first',
      [100, 20, 0, 0],
      [ran([0], 60), ran(low, 30)],
      { 0: 20, 1: 10, 2: 0, 3: 0 },
    ],
    [
      'masks that meet are one group, all of three pCPUs',
      [60, 30, 30, 7],
      [ran(low, 20), ran(middle, 40)],
      { 0: 30, 1: 15, 2: 15, 3: 7 },
    ],
    [
      'masks that do not meet are two',
      [60, 60, 60, 0],
      [ran(low, 90), ran(high, 10)],
      { 0: 15, 1: 15, 2: 50, 3: 0 },
    ],
    [
      'one that may run anywhere is taken off each pCPU',
      [100, 60, 30, 0],
      [ran(anywhere, 50)],
      { 0: 50, 1: 10, 2: 0, 3: 0 },
    ],
    [
      'but no more than it waited while one that is pinned there wanted to run',
      [100, 60, 30, 0],
      [
        { ...ran(anywhere, 50), waitedMs: 0.05 * windowMs },
        { ...ran([0], 20), waitedMs: 0.8 * windowMs },
        { ...ran([1], 20), waitedMs: 0.4 * windowMs },
      ],
      { 0: 75, 1: 0, 2: 0, 3: 0 },
    ],
    [
      'and off each group once',
      [100, 60, 0, 0],
      [ran(low, 40), ran(anywhere, 40)],
      { 0: 50, 1: 30, 2: 0, 3: 0 },
    ],
    [
      'a vCPU that could not be read: its pCPUs are not known',
      [90, 90, 9, 0],
      [ran(low, undefined)],
      { 2: 9, 3: 0 },
    ],
    ['one that may be anywhere: none is known', [90, 90, 9, 0], [ran(anywhere, undefined)], {}],
    ['a pCPU of which nothing was read', [90, undefined, 0, 0], [], { 0: 90, 2: 0, 3: 0 }],
    [
      'a group that is not known whole: what is left if all of it ran here',
      [90, undefined, 70, 0],
      [ran(low, 30), ran(low, 20), ran([0], 10)],
      { 0: 30, 2: 70, 3: 0 },
    ],
  ])('%s', (_, busy, vcpus, background) => {
    const found = backgroundWithin(busyOf(...busy), vcpus, online, windowMs);
    const rounded = [...found].map(([pcpu, pct]) => [pcpu, Math.round(pct * 1e6) / 1e6]);
    expect(Object.fromEntries(rounded)).toEqual(background);
  });

  test('a pCPU whose clock was stopped for half of the window is all the vCPU’s', () => {
    const busy = new Map([[0, { busyPct: 100, clockMs: 1000 }]]);
    expect(backgroundWithin(busy, [{ mask: [0], ranMs: 1000 }], online, windowMs)).toEqual(new Map([[0, 0]]));
  });

  test('a pCPU whose times were read a little later than the vCPUs’ has no more for it', () => {
    const busy = new Map([[0, { busyPct: 100, clockMs: 2080 }]]);
    expect(backgroundWithin(busy, [{ mask: [0], ranMs: 2000 }], online, windowMs)).toEqual(new Map([[0, 0]]));
  });
});

/** A host as it truly is: what each pCPU carries of its own, and where each vCPU ran. */
const anyHost = fc.record({
  background: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 4, maxLength: 4 }),
  vcpus: fc.array(
    fc.record({
      mask: fc.constantFrom<readonly number[]>([0], [1], [2], [3], low, high, middle, anywhere),
      at: fc.integer({ min: 0, max: 3 }),
      pct: fc.integer({ min: 0, max: 4 }),
    }),
    { maxLength: 10 },
  ),
});

type AnyHost = typeof anyHost extends fc.Arbitrary<infer T> ? T : never;

function shown({ background, vcpus }: AnyHost) {
  const placed = vcpus.map(({ mask, at, pct }) => ({ mask, pct, on: mask[at % mask.length] ?? 0 }));
  const busy = background.map((own, pcpu) =>
    placed.reduce((sum, { on, pct }) => sum + (on === pcpu ? pct : 0), own),
  );
  const vcpusOfAll = placed.map(({ mask, pct }) => ran(mask, pct));
  return { busy, found: backgroundWithin(busyOf(...busy), vcpusOfAll, online, windowMs) };
}

const total = (numbers: Iterable<number>) => [...numbers].reduce((sum, each) => sum + each, 0);

describe('wherever vCPUs ran', () => {
  test('no load is invented: no pCPU has more than it was busy, nor all together more than there is', () => {
    fc.assert(
      fc.property(anyHost, (host) => {
        const { busy, found } = shown(host);
        for (const [pcpu, pct] of found) expect(pct).toBeLessThanOrEqual((busy[pcpu] ?? 0) + 1e-9);
        expect(total(found.values())).toBeLessThanOrEqual(total(host.background) + 1e-9);
      }),
    );
  });

  test('without a vCPU that may run anywhere the sum of each group is what there is', () => {
    fc.assert(
      fc.property(anyHost, ({ background, vcpus }) => {
        const { found } = shown({ background, vcpus: vcpus.filter(({ mask }) => mask !== anywhere) });
        expect(total(found.values())).toBeCloseTo(total(background), 6);
      }),
    );
  });

  test('where all are pinned each pCPU has what it carries', () => {
    fc.assert(
      fc.property(anyHost, ({ background, vcpus }) => {
        const { found } = shown({ background, vcpus: vcpus.filter(({ mask }) => mask.length === 1) });
        for (const [pcpu, pct] of found) expect(pct).toBeCloseTo(background[pcpu] ?? 0, 6);
      }),
    );
  });

  test('where one may run anywhere no pCPU has more than it carries, but for what masks spread', () => {
    fc.assert(
      fc.property(anyHost, ({ background, vcpus }) => {
        const { found } = shown({
          background,
          vcpus: vcpus.filter(({ mask }) => mask.length === 1 || mask === anywhere),
        });
        for (const [pcpu, pct] of found) expect(pct).toBeLessThanOrEqual((background[pcpu] ?? 0) + 1e-9);
      }),
    );
  });
});
