import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claim, shareFairly } from '../../src/simulate/fair-shares.ts';

const tiny = 1e-9;
const claims = fc.array(
  fc.record({
    want: fc.double({ min: 0, max: 1, noNaN: true }),
    weight: fc.integer({ min: 2, max: 4096 }),
  }),
  { minLength: 1, maxLength: 12 },
);

describe('shareFairly', () => {
  it.each([
    [
      [100, 50, 25],
      [1, 1, 1],
      [37.5, 37.5, 25],
    ],
    [
      [100, 100],
      [1, 1],
      [50, 50],
    ],
    [
      [100, 100],
      [3, 1],
      [75, 25],
    ],
    [
      [10, 100],
      [1, 9],
      [10, 90],
    ],
    [
      [50, 30],
      [1, 1],
      [50, 30],
    ],
    [
      [0, 100],
      [1, 1],
      [0, 100],
    ],
  ])('gives those who want %j by weights %j the shares %j', (wants, weights, shares) => {
    const given = share(wants.map((want, i) => ({ want: want / 100, weight: weights[i] ?? 1 })));
    expect(given.map((claim) => Math.round(claim.share * 10_000) / 100)).toEqual(shares);
  });

  it('gives nobody more than it wants, and all together no more than there is', () => {
    fc.assert(
      fc.property(claims, (wanted) => {
        const given = share(wanted);
        expect(given.every((claim) => claim.share >= 0 && claim.share <= claim.want + tiny)).toBe(true);
        expect(total(given, 'share')).toBeCloseTo(Math.min(1, total(given, 'want')), 9);
      }),
    );
  });

  it('is max-min fair: who gets less than it wants gets as much for its weight as any other', () => {
    fc.assert(
      fc.property(claims, (wanted) => {
        const given = share(wanted);
        const most = Math.max(...given.map((claim) => claim.share / claim.weight));
        const short = given.filter((claim) => claim.share < claim.want - tiny);
        expect(short.every((claim) => claim.share / claim.weight >= most - tiny)).toBe(true);
      }),
    );
  });
});

function share(wanted: readonly { readonly want: number; readonly weight: number }[]): readonly Claim[] {
  const given = wanted.map((claim) => ({ ...claim, share: Number.NaN }));
  shareFairly(given);
  return given;
}

function total(given: readonly Claim[], field: 'want' | 'share'): number {
  return given.reduce((sum, claim) => sum + claim[field], 0);
}
