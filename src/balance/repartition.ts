import type { Item } from './item.ts';
import { capacityOf, copyOf, groupAt, type Layout, placeOf, put } from './layout.ts';
import { emptiestFor, largestFirst } from './place-floating.ts';

/**
 * Divides everything that may be moved anew, the longest first onto the least loaded, then names the groups
 * after the pCPUs that they overlap most, so that few vCPUs have to move.
 */
export function repartition(layout: Layout): Layout {
  const divided = copyOf(layout);
  const movable = layout.items.filter((item) => item.stays === undefined && placeOf(layout, item) >= 0);
  for (const item of movable) put(divided, item, -1);
  for (const item of largestFirst(movable)) put(divided, item, emptiestFor(divided, item));
  return renamed(divided, layout);
}

/** The same groups, each on the pCPU where most of its load is at home already. */
function renamed(divided: Layout, before: Layout): Layout {
  const names = namesFor(divided, before);
  if (names === undefined) return divided;
  const result = copyOf(divided);
  for (const item of divided.items) {
    const place = placeOf(divided, item);
    if (place >= 0) put(result, item, names[place] ?? place);
  }
  return result;
}

/** A new pCPU for each group, or undefined where the allowed sets do not let all groups find one. */
function namesFor(divided: Layout, before: Layout): readonly number[] | undefined {
  const names: number[] = [];
  const taken = new Set<number>();
  // What was divided over the threads of a core has to stay together.
  const coreOf = (unit: number) => Math.min(unit, ...(divided.threads[unit] ?? []));
  const cores = new Map<number, number>();
  const coresTaken = new Set<number>();
  const isSameCore = (group: number, name: number) => {
    const core = cores.get(coreOf(group));
    if (core !== undefined) return core === coreOf(name);
    return !coresTaken.has(coreOf(name)) && sizeOf(divided, group) === sizeOf(divided, name);
  };
  const assign = (group: number, name: number) => {
    if (names[group] !== undefined || taken.has(name) || !isSameCore(group, name)) return;
    if (!mayAllUse(groupAt(divided, group), group, name)) return;
    names[group] = name;
    taken.add(name);
    cores.set(coreOf(group), coreOf(name));
    coresTaken.add(coreOf(name));
  };
  for (const { group, name } of overlaps(divided, before)) assign(group, name);
  const all = [...divided.groups.keys()];
  for (const group of all) for (const name of all) assign(group, name);
  return taken.size === all.length ? names : undefined;
}

/** Only units that are alike can stand for one another. */
function sizeOf({ units, threads }: Layout, unit: number): string {
  return `${capacityOf(units[unit])}/${threads[unit]?.length}`;
}

function mayAllUse(items: readonly Item[], group: number, name: number): boolean {
  return items.every((item) => (item.stays === undefined ? item.mayUse[name] : group === name));
}

/** Pairs of a group and a pCPU that have vCPUs in common, the most first, then the most load. */
function overlaps(divided: Layout, before: Layout) {
  const found = new Map<number, { group: number; name: number; count: number; load: number }>();
  for (const item of divided.items) {
    const group = placeOf(divided, item);
    const name = placeOf(before, item);
    if (group < 0 || name < 0) continue;
    const key = group * divided.groups.length + name;
    const pair = found.get(key) ?? { group, name, count: 0, load: 0 };
    pair.count += 1;
    pair.load += item.demand.openPct;
    found.set(key, pair);
  }
  return [...found.values()].sort(
    (a, b) => b.count - a.count || b.load - a.load || a.group - b.group || a.name - b.name,
  );
}
