import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitInModel, type Probe, roomOf } from '../../src/session/find-room.ts';

test('finds the largest multiple of the step that fits, for each draw, in few trials', async () => {
  const limits = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      limits,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 2000 }),
      fc.integer({ min: 0, max: 500 }),
      async (limits, step, most, guess) => {
        let rounds = 0;
        const fits = async (probes: readonly Probe[]) => {
          rounds++;
          return probes.map(({ draw, count }) => count <= (limits[draw] ?? 0));
        };
        const found = await roomOf(fits, { draws: limits.length, step, most, guess });
        expect(found).toEqual(limits.map((limit) => Math.floor(Math.min(limit, most) / step) * step));
        expect(rounds).toBeLessThan(30);
      },
    ),
  );
});

const p95 = (pct: number) => ({ p50: 0, p95: pct, p99: pct, mean: pct / 2 });

test.each([
  [3, 3, 5],
  [3, 6, 5],
  [4, 3, 3.75],
  [10, 1, 2.5],
  [0.2, 0, 5],
])('recorded %d %%, in the model %d %%: the limit is %d %%', (recorded, modelled, limit) => {
  expect(limitInModel(p95(recorded), p95(modelled))).toBe(limit);
  expect(limitInModel(undefined, p95(modelled))).toBe(5);
});
