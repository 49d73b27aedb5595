import { companyCost } from './company.ts';
import { placeGuestCores } from './guest-cores.ts';
import { createLayout, type Layout, put } from './layout.ts';
import { alone, ascending, NOWHERE, type Problem } from './problem.ts';

/** How a vCPU gets its group: as in PolicySettings, or where it last ran, if it may run there. */
export type Placing = 'demand' | 'spread' | 'keep' | 'last';

/** A layout in which each of some vCPUs has got a group. */
export function placed(layout: Layout, vcpus: readonly number[], placing: Placing): Layout {
  if (vcpus.length === 0) return layout;
  const { problem } = layout;
  const going =
    placing === 'last'
      ? vcpus.filter((v) => problem.allowedGroups[v]?.[problem.origin[v] as number] !== 1)
      : vcpus;
  const result = without(layout, going);
  const isGoing = new Uint8Array(problem.vcpus.length);
  for (const v of going) isGoing[v] = Number(problem.movable[v] === alone);
  placeGuestCores(result, going);
  const order = largestFirst(problem, (v) => isGoing[v] === 1);
  if (placing === 'spread') {
    const choices = (v: number) => problem.vcpus[v]?.allowed.length ?? 0;
    for (const v of order.sort((a, b) => choices(a) - choices(b))) put(result, v, leastCrowdedFor(result, v));
  } else for (const v of order) put(result, v, emptiestFor(result, v));
  return result;
}

/** Some vCPUs taken off their groups. */
export function without({ problem, place, scale }: Layout, vcpus: readonly number[]): Layout {
  const left = place.slice();
  for (const v of vcpus) left[v] = NOWHERE;
  return createLayout(problem, left, scale);
}

/** Of equal demand the first. */
export function largestFirst({ demand }: Problem, isWanted: (v: number) => boolean): number[] {
  const most = demand.reduce((max, each) => Math.max(max, each), 0);
  return Array.from(ascending(demand.map((each) => most - each)).filter(isWanted));
}

/**
 * The allowed group with the least weighted load, then the fewest vCPUs, then where the vCPU is now; one that has vCPUs
 * of its domain counts as a little fuller.
 * @param discount by how many points its present group counts as emptier
 */
export function emptiestFor(layout: Layout, v: number, discount = 0): number {
  const { problem, order, weighted, scale } = layout;
  const { allowedGroups, origin, demand, capacity } = problem;
  const mask = allowedGroups[v] as Uint8Array;
  const own = origin[v] as number;
  const half = (demand[v] as number) / 2;
  // A larger group takes less notice of it.
  const weightAt = (group: number) =>
    (weighted[group] as number) +
    half / (capacity[group] as number) -
    half +
    Math.sqrt(scale.pinPrice * companyCost(layout, v, group));
  const mostEasier = half * (1 - 1 / problem.capacity.reduce((most, each) => Math.max(most, each), 1));
  let best = NOWHERE;
  let least = Number.POSITIVE_INFINITY;
  if (discount > 0 && mask[own] === 1) {
    best = own;
    least = weightAt(own) - discount;
  }
  for (let i = 0; i < order.length; i++) {
    const group = order[i] as number;
    if ((weighted[group] as number) - mostEasier > least + 1e-9) break;
    if (mask[group] === 0) continue;
    const weight = weightAt(group);
    if (weight > least + 1e-9) continue;
    if (weight > least - 1e-9 && !isFreer(layout, own, group, best)) continue;
    best = group;
    least = weight;
  }
  return best;
}

/** Between groups of equal load. */
function isFreer(layout: Layout, own: number, group: number, than: number): boolean {
  const fewer = crowdOn(layout, group) - crowdOn(layout, than);
  return fewer < 0 || (fewer === 0 && (group === own || (than !== own && group < than)));
}

/** The allowed group with the fewest vCPUs, then the least weighted load, then where the vCPU is now. */
function leastCrowdedFor(layout: Layout, v: number): number {
  const { problem, weighted } = layout;
  const mask = problem.allowedGroups[v] as Uint8Array;
  const own = problem.origin[v] as number;
  let best = NOWHERE;
  for (let group = mask.indexOf(1); group >= 0; group = mask.indexOf(1, group + 1)) {
    const rather =
      best === NOWHERE
        ? -1
        : crowdOn(layout, group) - crowdOn(layout, best) ||
          (weighted[group] as number) - (weighted[best] as number) ||
          Number(best === own) - Number(group === own);
    if (rather < 0) best = group;
  }
  return best;
}

/** How many vCPUs there are for each pCPU of a group. */
function crowdOn({ count, problem }: Layout, group: number): number {
  return (count[group] as number) / (problem.groups[group]?.cpus.length ?? 1);
}
