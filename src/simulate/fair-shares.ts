/** One that wants a part of a pCPU: `want` and `share` are fractions of it. */
export type Claim = { weight: number; want: number; share: number };

/**
 * Shares one pCPU, or a part of it, max-min fairly by weight: nobody gets more than it wants, and what one leaves goes to the
 * others in proportion to their weights. Writes each claim's `share`.
 */
export function shareFairly(claims: readonly Claim[], part = 1): void {
  let wanted = 0;
  let weights = 0;
  for (const claim of claims) {
    wanted += claim.want;
    weights += claim.weight;
    claim.share = unsettled;
  }
  let left = part;
  let perWeight = wanted <= part ? Number.POSITIVE_INFINITY : left / weights;
  for (let settled = true; settled; perWeight = left / weights) {
    settled = false;
    for (const claim of claims) {
      if (claim.share !== unsettled || claim.want > claim.weight * perWeight) continue;
      claim.share = claim.want;
      left -= claim.want;
      weights -= claim.weight;
      settled = true;
    }
  }
  for (const claim of claims) {
    if (claim.share === unsettled) claim.share = claim.weight * perWeight;
  }
}

const unsettled = -1;
