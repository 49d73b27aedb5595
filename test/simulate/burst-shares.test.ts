import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareBursts } from '../../src/simulate/burst-shares.ts';

function sharesOf(wants: readonly number[]): readonly number[] {
  const claims = wants.map((want) => ({ want, weight: 1024, share: -1 }));
  shareBursts(claims);
  return claims.map(({ share }) => share);
}

/** The mean over every combination of who wants the pCPU at a moment. */
function byEnumeration(wants: readonly number[]): readonly number[] {
  const shares = wants.map(() => 0);
  for (let who = 1; who < 2 ** wants.length; who++) {
    const isIn = wants.map((_, i) => (who >> i) % 2 === 1);
    const likely = wants.reduce((product, want, i) => product * (isIn[i] ? want : 1 - want), 1);
    const count = isIn.filter(Boolean).length;
    for (const i of wants.keys()) if (isIn[i]) shares[i] = (shares[i] ?? 0) + likely / count;
  }
  return shares;
}

test.each([
  [[], []],
  [[0], [0]],
  [[0.4], [0.4]],
  [
    [1, 1],
    [0.5, 0.5],
  ],
  [
    [1, 0.5, 0.25],
    [0.6667, 0.2292, 0.1042],
  ],
])('%j: %j', (wants, shares) => {
  expect(sharesOf(wants)).toEqual(shares.map((share) => expect.closeTo(share, 4)));
});

test('is the mean over all combinations', () => {
  const want = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(want, { maxLength: 10 }), (wants) => {
      expect(sharesOf(wants)).toEqual(byEnumeration(wants).map((share) => expect.closeTo(share, 9)));
    }),
  );
});

test('a hundred on a pCPU use all of it, and no more', () => {
  const shares = sharesOf(Array.from({ length: 100 }, (_, i) => (i % 10) / 10));
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 3);
  expect(Math.min(...shares)).toBe(0);
});
