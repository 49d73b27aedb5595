/** A division of demands over pCPUs: `places[i]` is the position of the pCPU that carries demand `i`. */
export type Partition = { readonly places: readonly number[]; readonly loads: readonly number[] };

/**
 * Divides demands as evenly as a quick search does: longest first onto the least loaded, then moves and swaps
 * between the fullest pCPU, or the emptiest, and each other.
 * @param base what each pCPU carries already
 */
export function partition(demands: readonly number[], base: readonly number[]): Partition {
  const places = demands.map(() => 0);
  const loads = [...base];
  const groups: number[][] = base.map(() => []);
  for (const i of [...demands.keys()].sort((a, b) => at(demands, b) - at(demands, a) || a - b)) {
    const to = least(loads);
    places[i] = to;
    groups[to]?.push(i);
    loads[to] = at(loads, to) + at(demands, i);
  }
  while (improve(demands, places, loads, groups));
  return { places, loads };
}

/** One move or swap, the one that gains most. Returns whether there was one. */
function improve(
  demands: readonly number[],
  places: number[],
  loads: number[],
  groups: readonly number[][],
): boolean {
  const fullest = most(loads);
  const emptiest = least(loads);
  let best: { from: number; to: number; item: number; back: number | undefined } | undefined;
  let bestGain = leastGain;
  const look = (from: number, to: number) => {
    const gap = at(loads, from) - at(loads, to);
    // Nothing gains more than what brings two loads together.
    if (gap ** 2 / 4 <= bestGain) return;
    const backs = [undefined, ...(groups[to] ?? [])];
    for (const item of groups[from] ?? []) {
      for (const back of backs) {
        const net = at(demands, item) - (back === undefined ? 0 : at(demands, back));
        const gain = net * (gap - net);
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
  if (best === undefined) return false;
  const { from, to, item, back } = best;
  carry(item, from, to);
  if (back !== undefined) carry(back, to, from);
  return true;

  function carry(each: number, origin: number, target: number): void {
    const group = groups[origin] ?? [];
    group.splice(group.indexOf(each), 1);
    groups[target]?.push(each);
    loads[origin] = at(loads, origin) - at(demands, each);
    loads[target] = at(loads, target) + at(demands, each);
    places[each] = target;
  }
}

/** In points squared; less is rounding. */
const leastGain = 1e-6;

function least(loads: readonly number[]): number {
  return loads.reduce((best, load, i) => (load < at(loads, best) ? i : best), 0);
}

function most(loads: readonly number[]): number {
  return loads.reduce((best, load, i) => (load > at(loads, best) ? i : best), 0);
}

function at(values: readonly number[], i: number): number {
  return values[i] ?? 0;
}
