import { type Item, NOWHERE } from './item.ts';
import type { Unit } from './units.ts';

/** A part of the host that can be balanced for itself: no vCPU may go from it to another. */
export type Island = { readonly units: readonly Unit[]; readonly items: readonly Item[] };

/**
 * The parts a host falls into, by what its movable vCPUs may use: an administrator's cpusets, NUMA cells. Units
 * that one vCPU may use, or is on, are in one island, and so are the threads of a core, which share what they
 * have. Units to which none can go are one. Ascending by their first pCPU; a vCPU that is nowhere and goes
 * nowhere counts with the first.
 */
export function islandsOf(units: readonly Unit[], items: readonly Item[]): readonly [Island, ...Island[]] {
  const rootOf = linked(units, items);
  const members = new Map<number, { units: number[]; items: Item[] }>();
  for (const unit of units.keys()) {
    const island = members.get(rootOf(unit)) ?? { units: [], items: [] };
    members.set(rootOf(unit), island);
    island.units.push(unit);
  }
  const [first, ...others] = members.values();
  if (first === undefined || others.length === 0) return [{ units, items }];
  for (const item of items) {
    const unit = item.stays === undefined ? item.mayUse.indexOf(true) : item.home;
    (members.get(rootOf(unit)) ?? first).items.push(item);
  }
  return [separate(units, first), ...others.map((island) => separate(units, island))];
}

/** @returns for each unit the least one that is linked with it */
function linked(units: readonly Unit[], items: readonly Item[]): (unit: number) => number {
  const parents = [...units.keys()];
  const rootOf = (unit: number): number => {
    const parent = parents[unit] ?? NOWHERE;
    if (parent === unit || parent === NOWHERE) return parent;
    const root = rootOf(parent);
    parents[unit] = root;
    return root;
  };
  const link = (a: number, b: number) => {
    const [one, other] = [rootOf(a), rootOf(b)];
    if (one !== NOWHERE && other !== NOWHERE) parents[Math.max(one, other)] = Math.min(one, other);
  };
  const positions = new Map(units.map(({ cpus: [cpu] }, position) => [cpu, position]));
  for (const [unit, { siblings }] of units.entries()) {
    for (const cpu of siblings) link(unit, positions.get(cpu) ?? NOWHERE);
  }
  // Most vCPUs share one set, and those that do are linked already.
  const seen = new Set<readonly boolean[]>();
  const used = units.map(() => false);
  for (const { stays, mayUse, home } of items) {
    if (stays !== undefined) continue;
    const first = mayUse.indexOf(true);
    link(first, home);
    if (seen.has(mayUse)) continue;
    seen.add(mayUse);
    for (const [unit, may] of mayUse.entries()) {
      if (may) link(first, unit);
      used[unit] ||= may;
    }
  }
  const unused = used.indexOf(false);
  for (const [unit, isUsed] of used.entries()) if (!isUsed) link(unused, unit);
  return rootOf;
}

/** An island by itself: units and items counted from 0 again. */
function separate(
  units: readonly Unit[],
  { units: own, items }: { readonly units: readonly number[]; readonly items: readonly Item[] },
): Island {
  const positions = new Map(own.map((unit, position) => [unit, position]));
  const masks = new Map<readonly boolean[], readonly boolean[]>();
  const ownMask = (mayUse: readonly boolean[]) => {
    const mask = masks.get(mayUse) ?? own.map((unit) => mayUse[unit] === true);
    masks.set(mayUse, mask);
    return mask;
  };
  return {
    units: own.flatMap((unit) => units[unit] ?? []),
    items: items.map((item, index) => ({
      ...item,
      index,
      home: positions.get(item.home) ?? NOWHERE,
      mayUse: ownMask(item.mayUse),
    })),
  };
}
