import type { Bounds } from '../model/bounds.ts';

/** What a vCPU ran and waited within a window, in per cent of a pCPU, throttled time included. */
export type Wanted = { readonly number: number; readonly ranPct: number; readonly waitedPct: number };

/**
 * The most that quotas let each vCPU of a domain use, by its number, in per cent of a pCPU; those without a limit
 * below a whole pCPU are not in it.
 *
 * A quota of the domain (`<global_quota>`) counts the sum of its vCPUs with its emulator. Where they want less, one
 * may use what the others leave; where they want more, those that want least get that, and the others alike.
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
  const level = budget === undefined ? undefined : levelOf(budget, wants, count - wanted.length);
  const sum = wants.reduce((total, want) => total + want, 0);
  return new Map(
    wanted.flatMap(({ number, ranPct }, i) => {
      const left = (budget ?? 0) - sum + (wants[i] ?? 0);
      const share = budget === undefined ? 100 : Math.max(level ?? left, ranPct);
      const cap = Math.min(own, share);
      return cap < 100 ? [[number, cap] as const] : [];
    }),
  );
}

/**
 * What each gets at most where they want more than there is; undefined where all get what they want.
 * @param others how many more there are, which want as much as they can get
 */
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
