import { leastPoured, leastSquares } from './least-squares.ts';
import { partition } from './partition.ts';
import { type Places, partsOf, type Task } from './task.ts';

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
 * and bound; so is each part of a host by itself where no vCPU may go from one to another.
 * @param base what each pCPU carries that cannot be moved
 * @param allowed where each demand may be put; one that is not named may be put anywhere
 * @param capacity what each pCPU can do, where not all can do the same: then the quick search alone is made
 */
export function bestSpread(
  demands: readonly number[],
  base: readonly number[],
  allowed: readonly Places[] = [],
  capacity?: readonly number[],
): BestSpread {
  if (base.length === 0) return { sd: 0, search: 'exact' };
  if (capacity !== undefined)
    return { sd: spread(partition(demands, base, allowed, capacity).loads), search: 'bounded' };
  const task = withoutFixed(descending({ demands, base, allowed }));
  const parts = partsOf(task).map((part) => ({ part, best: bestOf(part) }));
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first.best;
  const middle = meanLoad(task);
  const squares = parts.map(
    ({ part, best }) => part.base.length * (best.sd ** 2 + (meanLoad(part) - middle) ** 2),
  );
  return {
    sd: Math.sqrt(squares.reduce((sum, each) => sum + each, 0) / base.length),
    search: parts.every(({ best }) => best.search === 'exact') ? 'exact' : 'bounded',
  };
}

/** The standard deviation; of no loads, none. */
export function spread(loads: readonly number[]): number {
  if (loads.length === 0) return 0;
  const middle = mean(loads);
  return Math.sqrt(loads.reduce((sum, load) => sum + (load - middle) ** 2, 0) / loads.length);
}

const closeEnoughPoints = 0.1;
const mostToSearch = 16;
const mostNodes = 200_000;

/** Without the demands of 0. */
function descending({ demands, base, allowed }: Task): Task {
  const order = [...demands.keys()]
    .filter((i) => (demands[i] ?? 0) > 0)
    .sort((a, b) => (demands[b] ?? 0) - (demands[a] ?? 0));
  return {
    demands: order.map((i) => demands[i] ?? 0),
    base,
    allowed: allowed.length === 0 ? allowed : order.map((i) => allowed[i]),
  };
}

/** What may be put on one pCPU only is in the way there. */
function withoutFixed(task: Task): Task {
  const { demands, allowed } = task;
  const isFixed = demands.map((_, i) => allowed[i]?.length === 1);
  if (!isFixed.includes(true)) return task;
  const base = [...task.base];
  for (const [i, demand] of demands.entries()) {
    const [pcpu = 0] = allowed[i] ?? [];
    if (isFixed[i] === true) base[pcpu] = (base[pcpu] ?? 0) + demand;
  }
  return {
    demands: demands.filter((_, i) => isFixed[i] === false),
    base,
    allowed: demands.map((_, i) => allowed[i]).filter((_, i) => isFixed[i] === false),
  };
}

function bestOf(task: Task): BestSpread {
  const { demands, base, allowed } = task;
  const found = spread(partition(demands, base, allowed).loads);
  const least = leastSquares(base, demands, 0);
  const isFree = allowed.every((places) => places === undefined);
  const bound = Math.sqrt((isFree ? least : Math.max(least, leastPoured(task))) / base.length);
  if (found <= bound + closeEnoughPoints) return { sd: found, search: 'exact' };
  if (demands.length > mostToSearch) return { sd: found, search: 'bounded' };
  return branchAndBound(task, found, bound);
}

function branchAndBound({ demands, base, allowed }: Task, found: number, bound: number): BestSpread {
  const loads = [...base];
  let best = found ** 2 * base.length;
  const goodEnough = (bound + closeEnoughPoints) ** 2 * base.length;
  const kinds = kindsOf(base.length, allowed);
  let nodes = 0;

  const place = (next: number): void => {
    if (best <= goodEnough || nodes++ > mostNodes) return;
    const demand = demands[next];
    const least = leastSquares(loads, demands, next);
    if (demand === undefined) best = Math.min(best, least);
    if (demand === undefined || least >= best - 1e-6) return;
    const tried = new Map<number, Set<number>>();
    const places = [...(allowed[next] ?? loads.keys())];
    for (const pcpu of places.sort((a, b) => (loads[a] ?? 0) - (loads[b] ?? 0))) {
      const load = loads[pcpu] ?? 0;
      const kind = kinds[pcpu] ?? 0;
      const alike = tried.get(kind) ?? new Set();
      // pCPUs of equal load and of one kind are alike.
      if (alike.has(load)) continue;
      tried.set(kind, alike.add(load));
      loads[pcpu] = load + demand;
      place(next + 1);
      loads[pcpu] = load;
    }
  };
  place(0);
  return { sd: Math.sqrt(best / base.length), search: nodes > mostNodes ? 'bounded' : 'exact' };
}

/** For each pCPU a number that it shares with those that the same demands may be put on. */
function kindsOf(count: number, allowed: readonly Places[]): readonly number[] {
  let kinds = Array.from({ length: count }, () => 0);
  for (const places of new Set(allowed)) {
    // A set divides each kind in two: those in it, with even numbers, and the others.
    if (places !== undefined)
      kinds = numbered(kinds.map((kind, pcpu) => 2 * kind + (places.includes(pcpu) ? 0 : 1)));
  }
  return kinds;
}

function numbered(kinds: readonly number[]): number[] {
  const names = [...new Set(kinds)];
  return kinds.map((kind) => names.indexOf(kind));
}

function meanLoad({ demands, base }: Task): number {
  return [...base, ...demands].reduce((sum, each) => sum + each, 0) / base.length;
}

function mean(loads: readonly number[]): number {
  return loads.reduce((sum, load) => sum + load, 0) / loads.length;
}
