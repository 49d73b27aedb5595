import type { Task } from './task.ts';

/**
 * The least sum of squared distances from the mean that is left when the demands from `next` on are added: as
 * if they could be cut at will, but for those that are greater than what every pCPU would carry then.
 * @param demands descending
 */
export function leastSquares(loads: readonly number[], demands: readonly number[], next: number): number {
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

/**
 * A sum of squared distances from the mean that no division is below, however demands are cut: those that may go to
 * the same pCPUs are poured over them together, beside the others, in turn until little changes.
 */
export function leastPoured({ demands, base, allowed }: Task): number {
  const levels = [...base];
  const waters = [...new Set(demands.map((_, i) => allowed[i]))].map((set) => {
    const places = set ?? [...base.keys()];
    const volume = demands.reduce((sum, each, i) => (allowed[i] === set ? sum + each : sum), 0);
    return { places, volume, poured: places.map(() => 0) };
  });
  for (let round = 0; round < rounds; round++) {
    for (const water of waters) {
      const { places, volume, poured } = water;
      const others = places.map((pcpu, i) => (levels[pcpu] ?? 0) - (poured[i] ?? 0));
      const level = waterLevel(
        others.toSorted((a, b) => a - b),
        [volume],
      );
      water.poured = others.map((load) => Math.max(0, level - load));
      for (const [i, pcpu] of places.entries()) levels[pcpu] = (others[i] ?? 0) + (water.poured[i] ?? 0);
    }
  }
  const middle = levels.reduce((sum, load) => sum + load, 0) / levels.length;
  const squares = levels.reduce((sum, load) => sum + (load - middle) ** 2, 0);
  // The squares are convex: at no division are they below their tangent here, which is least where all water of a
  // set stands on its lowest pCPU.
  const slack = waters.map(({ places, volume, poured }) => {
    const lowest = Math.min(...places.map((pcpu) => levels[pcpu] ?? 0));
    return places.reduce((sum, pcpu, i) => sum + (poured[i] ?? 0) * (levels[pcpu] ?? 0), 0) - volume * lowest;
  });
  return Math.max(0, squares - 2 * slack.reduce((sum, each) => sum + each, 0));
}

const rounds = 20;

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
