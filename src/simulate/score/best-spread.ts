import { partition } from './partition.ts';

/** The least spread that pinning can reach. */
export type BestSpread = {
  /** the standard deviation of the loads of the best division found, in points */
  readonly sd: number;
  /** `exact`: none is better by a tenth of a point; `bounded`: a search that was not exhausted */
  readonly search: 'exact' | 'bounded';
};

/**
 * Looks for the most even division of demands over pCPUs. A quick search comes first; its result is exact where
 * it is as good as if demands could be cut at will. If not, hosts of up to sixteen vCPUs are searched by branch
 * and bound.
 * @param base what each pCPU carries that cannot be moved
 */
export function bestSpread(demands: readonly number[], base: readonly number[]): BestSpread {
  const descending = demands.filter((demand) => demand > 0).sort((a, b) => b - a);
  const found = spread(partition(descending, base).loads);
  const bound = Math.sqrt(leastSquares(base, descending, 0) / base.length);
  if (found <= bound + closeEnoughPoints) return { sd: found, search: 'exact' };
  if (descending.length > mostToSearch) return { sd: found, search: 'bounded' };
  return branchAndBound(descending, base, found, bound);
}

/** The standard deviation. */
export function spread(loads: readonly number[]): number {
  const middle = mean(loads);
  return Math.sqrt(loads.reduce((sum, load) => sum + (load - middle) ** 2, 0) / loads.length);
}

const closeEnoughPoints = 0.1;
const mostToSearch = 16;
const mostNodes = 200_000;

function branchAndBound(
  demands: readonly number[],
  base: readonly number[],
  found: number,
  bound: number,
): BestSpread {
  const loads = [...base];
  let best = found ** 2 * base.length;
  const goodEnough = (bound + closeEnoughPoints) ** 2 * base.length;
  let nodes = 0;

  const place = (next: number): void => {
    if (best <= goodEnough || nodes++ > mostNodes) return;
    const demand = demands[next];
    const least = leastSquares(loads, demands, next);
    if (demand === undefined) best = Math.min(best, least);
    if (demand === undefined || least >= best - 1e-6) return;
    const tried = new Set<number>();
    for (const pcpu of [...loads.keys()].sort((a, b) => (loads[a] ?? 0) - (loads[b] ?? 0))) {
      const load = loads[pcpu] ?? 0;
      // pCPUs of equal load are alike.
      if (tried.has(load)) continue;
      tried.add(load);
      loads[pcpu] = load + demand;
      place(next + 1);
      loads[pcpu] = load;
    }
  };
  place(0);
  return { sd: Math.sqrt(best / base.length), search: nodes > mostNodes ? 'bounded' : 'exact' };
}

/**
 * The least sum of squared distances from the mean that is left when the demands from `next` on are added: as
 * if they could be cut at will, but for those that are greater than what every pCPU would carry then.
 */
function leastSquares(loads: readonly number[], demands: readonly number[], next: number): number {
  const whole = demands.slice(next);
  const levels = loads.toSorted((a, b) => a - b);
  const middle =
    (levels.reduce((sum, load) => sum + load, 0) + whole.reduce((sum, each) => sum + each, 0)) / loads.length;
  // One greater than the water level stands above it wherever it goes: at best on the emptiest.
  while (levels.length > 1 && (levels[0] ?? 0) + (whole[0] ?? 0) > waterLevel(levels, whole)) {
    levels[0] = (levels[0] ?? 0) + (whole.shift() ?? 0);
    if (whole.length === 0) break;
    levels.sort((a, b) => a - b);
  }
  const water = waterLevel(levels, whole);
  return levels.reduce((sum, load) => sum + (Math.max(load, water) - middle) ** 2, 0);
}

/** How high the least loaded are filled when the demands are poured over them. */
function waterLevel(ascending: readonly number[], demands: readonly number[]): number {
  let volume = demands.reduce((sum, each) => sum + each, 0);
  for (const [i, load] of ascending.entries()) {
    volume += load;
    const level = volume / (i + 1);
    if (level <= (ascending[i + 1] ?? Number.POSITIVE_INFINITY)) return level;
  }
  return 0;
}

function mean(loads: readonly number[]): number {
  return loads.reduce((sum, load) => sum + load, 0) / loads.length;
}
