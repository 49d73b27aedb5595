/** One that wants a part of a pCPU: `want` and `share` are fractions of it. */
export type Claim = { readonly weight: number; want: number; share: number };

/**
 * Shares one pCPU max-min fairly by weight: nobody gets more than it wants, and what one leaves goes to the
 * others in proportion to their weights. Writes each claim's `share`.
 */
export function shareFairly(claims: readonly Claim[]): void {
  let wanted = 0;
  for (const claim of claims) {
    wanted += claim.want;
    claim.share = claim.want;
  }
  if (wanted <= 1) return;

  const eager = claims.filter((claim) => claim.want > 0);
  eager.sort((a, b) => a.want / a.weight - b.want / b.weight);
  let left = 1;
  let weights = eager.reduce((sum, claim) => sum + claim.weight, 0);
  for (const claim of eager) {
    claim.share = Math.min(claim.want, (left * claim.weight) / weights);
    left -= claim.share;
    weights -= claim.weight;
  }
}
