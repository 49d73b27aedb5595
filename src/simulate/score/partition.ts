import { type Places, partsOf, type Task } from './task.ts';

/** A division of demands over pCPUs: `places[i]` is the position of the pCPU that carries demand `i`. */
export type Partition = { readonly places: readonly number[]; readonly loads: readonly number[] };

/**
 * Divides demands as evenly as a quick search does: longest first onto the least loaded, then moves and swaps
 * between the fullest pCPU, or the emptiest, and each other. Demands that may not go anywhere come before all that
 * may go to more pCPUs, and where the fullest and the emptiest gain nothing, all pairs are looked at.
 * @param base what each pCPU carries already
 * @param allowed where each demand may be put; one that is not named may be put anywhere
 * @param capacity what each pCPU can do, where not all can do the same: a demand is a load of itself through that
 */
export function partition(
  demands: readonly number[],
  base: readonly number[],
  allowed: readonly Places[] = [],
  capacity?: readonly number[],
): Partition {
  const task = { demands, base, allowed, capacity };
  const parts = partsOf(task);
  const [only, ...others] = parts;
  if (only === undefined || others.length === 0) return divide(only ?? task);
  const places = demands.map(() => 0);
  const loads = [...base];
  for (const part of parts) {
    const divided = divide(part);
    for (const [i, item] of part.items.entries()) places[item] = at(part.pcpus, at(divided.places, i));
    for (const [i, pcpu] of part.pcpus.entries()) loads[pcpu] = at(divided.loads, i);
  }
  return { places, loads };
}

/** A division that is being made better. */
type Draft = {
  readonly demands: readonly number[];
  readonly capacity: readonly number[] | undefined;
  readonly places: number[];
  readonly loads: number[];
  /** the demands on each pCPU */
  readonly groups: readonly number[][];
  /** for each demand, which pCPUs it may be put on; undefined: all */
  readonly masks: readonly (readonly boolean[] | undefined)[];
};

function divide({ demands, base, allowed, capacity }: Task): Partition {
  const draft: Draft = {
    demands,
    capacity,
    places: demands.map(() => 0),
    loads: [...base],
    groups: base.map(() => []),
    masks: masksOf(demands.length, base.length, allowed),
  };
  const { places, loads, groups, masks } = draft;
  const choice = (i: number) => allowed[i]?.length ?? base.length;
  const order = [...demands.keys()].sort(
    (a, b) => choice(a) - choice(b) || at(demands, b) - at(demands, a) || a - b,
  );
  for (const i of order) {
    const to =
      capacity === undefined
        ? least(loads, masks[i])
        : least(
            loads.map((load, pcpu) => load + at(demands, i) / at(capacity, pcpu)),
            masks[i],
          );
    places[i] = to;
    groups[to]?.push(i);
    loads[to] = at(loads, to) + at(demands, i) / shareOf(capacity, to);
  }
  while (improve(draft));
  return { places, loads };
}

/** @returns none where all demands may be put anywhere */
function masksOf(count: number, pcpus: number, allowed: readonly Places[]): Draft['masks'] {
  if (allowed.every((places) => places === undefined)) return [];
  const masks = new Map<Places, readonly boolean[] | undefined>([[undefined, undefined]]);
  for (const places of new Set(allowed)) {
    if (places !== undefined)
      masks.set(
        places,
        Array.from({ length: pcpus }, (_, pcpu) => places.includes(pcpu)),
      );
  }
  return Array.from({ length: count }, (_, i) => masks.get(allowed[i]));
}

/** One move or swap, the one that gains most. Returns whether there was one. */
function improve({ demands, capacity, places, loads, groups, masks }: Draft): boolean {
  const fullest = most(loads);
  const emptiest = least(loads);
  let best: { from: number; to: number; item: number; back: number | undefined } | undefined;
  let bestGain = leastGain;
  const look = (from: number, to: number) => {
    const gap = at(loads, from) - at(loads, to);
    // How far a demand that moves brings the two loads together; 1 where both can do the same.
    const pull = (1 / shareOf(capacity, from) + 1 / shareOf(capacity, to)) / 2;
    // Nothing gains more than what brings two loads together.
    if (gap ** 2 / (4 * pull) <= bestGain) return;
    const backs = [undefined, ...those(groups[to], from)];
    for (const item of those(groups[from], to)) {
      for (const back of backs) {
        const net = at(demands, item) - (back === undefined ? 0 : at(demands, back));
        const gain = net * (gap - net * pull);
        if (gain <= bestGain) continue;
        best = { from, to, item, back };
        bestGain = gain;
      }
    }
  };
  look(fullest, emptiest);
  for (const other of loads.keys()) {
    look(fullest, other);
    look(other, emptiest);
  }
  if (best === undefined && masks.length > 0) {
    for (const from of loads.keys()) {
      for (const to of loads.keys()) if (at(loads, from) > at(loads, to)) look(from, to);
    }
  }
  if (best === undefined) return false;
  const { from, to, item, back } = best;
  carry(item, from, to);
  if (back !== undefined) carry(back, to, from);
  return true;

  /** Those of a group that may be put on `pcpu`. */
  function those(group: readonly number[] = [], pcpu: number): readonly number[] {
    return masks.length === 0 ? group : group.filter((each) => masks[each]?.[pcpu] ?? true);
  }

  function carry(each: number, origin: number, target: number): void {
    const group = groups[origin] ?? [];
    group.splice(group.indexOf(each), 1);
    groups[target]?.push(each);
    loads[origin] = at(loads, origin) - at(demands, each) / shareOf(capacity, origin);
    loads[target] = at(loads, target) + at(demands, each) / shareOf(capacity, target);
    places[each] = target;
  }
}

function shareOf(capacity: readonly number[] | undefined, pcpu: number): number {
  return capacity?.[pcpu] ?? 1;
}

/** In points squared; less is rounding. */
const leastGain = 1e-6;

function least(loads: readonly number[], mask?: readonly boolean[]): number {
  const first = mask === undefined ? 0 : mask.indexOf(true);
  return loads.reduce((best, load, i) => (load < at(loads, best) && mask?.[i] !== false ? i : best), first);
}

function most(loads: readonly number[]): number {
  return loads.reduce((best, load, i) => (load > at(loads, best) ? i : best), 0);
}

function at(values: readonly number[], i: number): number {
  return values[i] ?? 0;
}
