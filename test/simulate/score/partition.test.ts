import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spread } from '../../../src/simulate/score/best-spread.ts';
import { partition } from '../../../src/simulate/score/partition.ts';
import { tasks } from './support.ts';

const demands = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 30 });
const base = fc.array(fc.double({ min: 0, max: 150, noNaN: true }), { minLength: 1, maxLength: 6 });

test('places each demand once, and its loads are what it places', () => {
  fc.assert(
    fc.property(demands, base, (wanted, loads) => {
      const divided = partition(wanted, loads);
      const carried = [...loads];
      expect(divided.places).toHaveLength(wanted.length);
      for (const [i, place] of divided.places.entries()) {
        expect(place).toBeLessThan(loads.length);
        carried[place] = (carried[place] ?? 0) + (wanted[i] ?? 0);
      }
      expect(divided.loads).toEqual(carried.map((load) => expect.closeTo(load, 6)));
    }),
  );
});

test('no move and no swap with the fullest pCPU makes it more even', () => {
  fc.assert(
    fc.property(demands, base, (wanted, loads) => {
      const divided = partition(wanted, loads);
      const full = divided.loads.indexOf(Math.max(...divided.loads));
      const reached = spread(divided.loads);
      for (const [i, from] of divided.places.entries()) {
        for (const to of loads.keys()) {
          if (from !== full || to === full) continue;
          const moved = [...divided.loads];
          moved[from] = (moved[from] ?? 0) - (wanted[i] ?? 0);
          moved[to] = (moved[to] ?? 0) + (wanted[i] ?? 0);
          expect(spread(moved)).toBeGreaterThan(reached - 1e-4);
        }
      }
    }),
  );
});

test('a swap where no move helps', () => {
  // Largest first leaves 150 and 140; 80 for 75 makes both 145.
  expect([...partition([80, 75, 70, 65], [0, 0]).loads].sort()).toEqual([145, 145]);
});

test('each demand is where it may be, and no move of one makes it more even', () => {
  fc.assert(
    fc.property(tasks({ maxDemands: 30, maxPcpus: 6 }), ({ demands: wanted, base: loads, allowed }) => {
      const divided = partition(wanted, loads, allowed);
      const carried = [...loads];
      for (const [i, place] of divided.places.entries()) {
        expect(allowed[i] ?? [...loads.keys()]).toContain(place);
        carried[place] = (carried[place] ?? 0) + (wanted[i] ?? 0);
      }
      expect(divided.loads).toEqual(carried.map((load) => expect.closeTo(load, 6)));
      if (allowed.every((places) => places === undefined)) return;
      const reached = spread(divided.loads);
      for (const [i, from] of divided.places.entries()) {
        for (const to of allowed[i] ?? loads.keys()) {
          const moved = [...divided.loads];
          moved[from] = (moved[from] ?? 0) - (wanted[i] ?? 0);
          moved[to] = (moved[to] ?? 0) + (wanted[i] ?? 0);
          expect(spread(moved)).toBeGreaterThan(reached - 1e-4);
        }
      }
    }),
  );
});

test('a set that names all pCPUs changes nothing', () => {
  fc.assert(
    fc.property(demands, base, (wanted, loads) => {
      const all = [...loads.keys()];
      expect(
        partition(
          wanted,
          loads,
          wanted.map(() => all),
        ).loads,
      ).toEqual(partition(wanted, loads).loads.map((load) => expect.closeTo(load, 6)));
    }),
  );
});

test('those with little choice come first, and the others go around them', () => {
  const { places, loads } = partition([90, 50, 50], [0, 0], [undefined, [0], [0]]);
  expect(places).toEqual([1, 0, 0]);
  expect(loads).toEqual([100, 90]);
});

test('pairs between the fullest and the emptiest are evened out where these cannot change', () => {
  // Two of 80 on pCPU 0 alone, nobody may go to pCPU 3.
  const { loads } = partition(
    [80, 80, 60, 50, 40, 30],
    [0, 0, 0, 0],
    [[0], [0], [1, 2], [1, 2], [1, 2], [1, 2]],
  );
  expect(loads).toEqual([160, 90, 90, 0]);
});

describe('pCPUs that cannot do the same', () => {
  test('gives a slow one less, as it is fuller for it', () => {
    const { places, loads } = partition([40, 40, 40], [0, 0], [], [1, 0.5]);
    expect(loads).toEqual([80, 80]);
    expect(places.filter((place) => place === 1)).toHaveLength(1);
  });

  test('has the loads that its places make, and no move or swap that would bring them closer together', () => {
    const share = fc.constantFrom(0.3, 0.5, 1);
    const wish = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(
        fc.array(share, { minLength: 2, maxLength: 5 }),
        fc.array(wish, { maxLength: 9 }),
        (capacity, wanted) => {
          const base = capacity.map((_, i) => 10 * i);
          const { places, loads } = partition(wanted, base, [], capacity);
          const made = base.map((load, pcpu) =>
            wanted.reduce(
              (sum, each, i) => sum + (places[i] === pcpu ? each / (capacity[pcpu] ?? 1) : 0),
              load,
            ),
          );
          expect(loads).toEqual(made.map((load) => expect.closeTo(load, 6)));
          // From the fullest to the emptiest: the sum of squares, each with its capacity, does not fall.
          const squares = (of: readonly number[]) =>
            of.reduce((sum, load, i) => sum + (capacity[i] ?? 1) * load ** 2, 0);
          const fullest = loads.indexOf(Math.max(...loads));
          const emptiest = loads.indexOf(Math.min(...loads));
          for (const [i, each] of wanted.entries()) {
            if (places[i] !== fullest || fullest === emptiest) continue;
            const moved = loads.map((load, pcpu) => {
              if (pcpu === fullest) return load - each / (capacity[pcpu] ?? 1);
              return pcpu === emptiest ? load + each / (capacity[pcpu] ?? 1) : load;
            });
            expect(squares(moved)).toBeGreaterThanOrEqual(squares(loads) - 1e-3);
          }
        },
      ),
    );
  });
});
