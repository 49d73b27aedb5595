import { tuning } from './constants.ts';
import { type Item, NOWHERE } from './item.ts';
import { capacityOf, copyOf, groupAt, type Layout, put, siblingsAt, weightedAt } from './layout.ts';
import type { PolicySettings } from './policy.ts';

/** `last`: where it last ran, if it may run there; the others as in PolicySettings. */
export type Placing = PolicySettings['place'] | 'last';

/**
 * Gives each of `homeless` a pCPU: the largest first, each to the allowed one with the least load, then
 * the fewest vCPUs, then where it runs. With `spread` the fewest vCPUs come before the load.
 */
export function placeFloating(layout: Layout, homeless: readonly Item[], placing: Placing): Layout {
  const staysWhereItRan = (item: Item) => placing === 'last' && item.mayUse[item.home] === true;
  const going = homeless.filter((item) => !staysWhereItRan(item));
  const placed = copyOf(layout);
  for (const item of going) put(placed, item, -1);
  const order = placing === 'spread' ? leastChoiceFirst(going) : largestFirst(going);
  const choose = placing === 'spread' ? leastCrowdedFor : emptiestFor;
  for (const item of order) put(placed, item, choose(placed, item));
  return placed;
}

export function largestFirst(items: readonly Item[]): readonly Item[] {
  return items.toSorted((a, b) => b.demand.openPct - a.demand.openPct || a.index - b.index);
}

/** The allowed unit with the least weighted load; one that has a vCPU of the same domain counts as a little fuller. */
export function emptiestFor(layout: Layout, item: Item): number {
  let best = -1;
  let bestLoad = Number.POSITIVE_INFINITY;
  for (const [pcpu, allowed] of item.mayUse.entries()) {
    if (!allowed) continue;
    const crowding = siblingsAt(layout, item, pcpu) * Math.sqrt(tuning.siblingPrice);
    // The larger of two units that are alike takes less notice of it.
    const capacity = capacityOf(layout.units[pcpu]);
    const easier = capacity === 1 ? 0 : (item.demand.openPct / 2) * (1 - 1 / capacity);
    const load = weightedAt(layout, pcpu) + crowding - easier;
    if (load > bestLoad + 1e-9) continue;
    if (load > bestLoad - 1e-9 && !isFreer(layout, item, pcpu, best)) continue;
    best = pcpu;
    bestLoad = load;
  }
  return best;
}

/** Between pCPUs of equal load. */
function isFreer(layout: Layout, item: Item, pcpu: number, than: number): boolean {
  const fewer = countAt(layout, pcpu) - countAt(layout, than);
  return fewer < 0 || (fewer === 0 && pcpu === item.home);
}

function leastChoiceFirst(items: readonly Item[]): readonly Item[] {
  const choice = ({ vcpu }: Item) => vcpu.allowed.length;
  return largestFirst(items).toSorted((a, b) => choice(a) - choice(b));
}

/** The allowed pCPU with the fewest vCPUs, then the least load, then where it runs. */
function leastCrowdedFor(layout: Layout, item: Item): number {
  const allowed = [...layout.loads.keys()].filter((pcpu) => item.mayUse[pcpu]);
  const [best = NOWHERE] = allowed.sort(
    (a, b) =>
      countAt(layout, a) - countAt(layout, b) ||
      weightedAt(layout, a) - weightedAt(layout, b) ||
      Number(b === item.home) - Number(a === item.home) ||
      a - b,
  );
  return best;
}

/** How many vCPUs there are for each pCPU of a unit. */
function countAt(layout: Layout, unit: number): number {
  return groupAt(layout, unit).length / capacityOf(layout.units[unit]);
}
