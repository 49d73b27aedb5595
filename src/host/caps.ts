import type { Bounds } from '../model/bounds.ts';

/** What a vCPU ran and waited within a window, in per cent of a pCPU, throttled time included. */
export type Wanted = { readonly number: number; readonly ranPct: number; readonly waitedPct: number };

/**
 * The most that quotas let each vCPU of a domain use, by its number, in per cent of a pCPU; those without a limit
 * below a whole pCPU are not in it.
 *
 * A quota of the domain (`<global_quota>`) counts the sum of its vCPUs with its emulator. Where they want less, one
 * may use what the others leave; where they want more, each keeps what it ran, and of what that leaves those that want
 * least get all, and the others alike.
 * @param wanted of the vCPUs that were measured
 * @param count how many vCPUs the domain has: those that were not measured may want their part
 * @param overheadPct what its emulator and I/O threads ran
 */
export function capsOf(
  { vcpuPct, domainPct }: Bounds['quota'],
  wanted: readonly Wanted[],
  count: number,
  overheadPct: number,
): ReadonlyMap<number, number> {
  const own = Math.min(100, vcpuPct ?? 100);
  const budget = domainPct === undefined ? undefined : Math.max(0, domainPct - overheadPct);
  const wants = wanted.map(({ ranPct, waitedPct }) => Math.min(own, ranPct + waitedPct));
  const shares = budget === undefined ? [] : sharesOf(budget, wanted, wants, count - wanted.length);
  return new Map(
    wanted.flatMap(({ number }, i) => {
      const cap = Math.min(own, shares[i] ?? 100);
      return cap < 100 ? [[number, cap] as const] : [];
    }),
  );
}

/** @param others how many more there are, which want as much as they can get */
function sharesOf(budget: number, wanted: readonly Wanted[], wants: readonly number[], others: number) {
  const more = wanted.map(({ ranPct }, i) => Math.max(0, (wants[i] ?? 0) - ranPct));
  const left = Math.max(0, budget - wanted.reduce((sum, { ranPct }) => sum + ranPct, 0));
  const even = levelOf(budget, wants, others);
  const level = levelOf(left, more, others);
  const spare = budget - wants.reduce((sum, want) => sum + want, 0);
  return wanted.map(({ ranPct }, i) => {
    if (level === undefined) return (wants[i] ?? 0) + spare;
    const part = ranPct + level;
    // Who got all that it wanted could have had as much as any other.
    return (more[i] ?? 0) <= level ? Math.max(part, even ?? part) : part;
  });
}

/** What each gets at most where they want more than there is; undefined where all get what they want. */
function levelOf(budget: number, wants: readonly number[], others: number): number | undefined {
  let left = budget;
  let count = wants.length + others;
  for (const want of [...wants].sort((a, b) => a - b)) {
    if (want * count > left) return left / count;
    left -= want;
    count--;
  }
  return count > 0 ? left / count : undefined;
}
