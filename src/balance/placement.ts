import { ascending } from '../model/ascending.ts';
import { placeGuestCores } from './guest-cores.ts';
import { createLayout, type Layout, put } from './layout.ts';
import { alone, leaving, NOWHERE, type Problem } from './problem.ts';
import { companyCost } from './same-domain-cost.ts';
import { tuning } from './tuning.ts';

/** How a vCPU gets its group: as in PolicySettings, or where it last ran, if it may run there. */
export type Placing = 'demand' | 'spread' | 'keep' | 'last';

/** A layout without those that leave, in which each of some vCPUs has got a group: who has least choice first, of those the largest. */
export function placed(layout: Layout, vcpus: readonly number[], placing: Placing): Layout {
  const { problem, scale } = layout;
  const { allowedGroups, origin, movable, unplaced } = problem;
  if (vcpus.length === 0 && !unplaced.includes(leaving)) return layout;
  const mayStay = (v: number) => allowedGroups[v]?.[origin[v] as number] === 1;
  const going = new Set(placing === 'last' ? vcpus.filter((v) => !mayStay(v)) : vcpus);
  const place = layout.place.slice();
  for (const [v, kind] of unplaced.entries()) if (kind === leaving || going.has(v)) place[v] = NOWHERE;
  const result = createLayout(problem, place, scale);
  placeGuestCores(result, going);
  const order = largestFirst(problem, (v) => going.has(v) && movable[v] === alone);
  const choices = (v: number) => problem.vcpus[v]?.allowed.length ?? 0;
  // One that may go anywhere must not take the only room of another, since no single step gives it back.
  order.sort((a, b) => choices(a) - choices(b));
  const groupFor = placing === 'spread' ? (v: number) => leastCrowdedFor(result, v) : emptiestIn(result);
  for (const v of order) put(result, v, groupFor(v));
  return result;
}

/** Of equal demand the first. */
export function largestFirst({ demand }: Problem, isWanted: (v: number) => boolean): number[] {
  const most = demand.reduce((max, each) => Math.max(max, each), 0);
  return Array.from(ascending(demand.map((each) => most - each)).filter(isWanted));
}

/**
 * The allowed group with the least weighted load, then the fewest vCPUs, then where the vCPU is now; one that has vCPUs
 * of its domain counts as a little fuller.
 */
function emptiestIn(layout: Layout): (v: number) => number {
  const { problem, order, weighted, scale } = layout;
  const { demand, capacity } = problem;
  const largest = capacity.reduce((most, each) => Math.max(most, each), 1);
  return (v) => {
    const mask = firstMask(problem, v);
    const half = (demand[v] as number) / 2;
    // A larger group takes less notice of it.
    const mostEasier = half * (1 - 1 / largest);
    let best = NOWHERE;
    let least = Number.POSITIVE_INFINITY;
    let fuller = 0;
    for (let rank = 0; rank < order.length; rank++) {
      const group = order[rank] as number;
      if (mask[group] !== 1) continue;
      if ((weighted[group] as number) - mostEasier > least + 1e-9) break;
      // What is apart from its domain on the emptiest may look a little farther.
      if ((weighted[group] as number) > (weighted[best] ?? 0) && ++fuller > tuning.searchBreadth ** 2) break;
      const easier = half - half / (capacity[group] as number);
      const alike = (weighted[group] as number) - easier;
      if (alike > least + 1e-9) continue;
      const weight = alike + Math.sqrt(scale.pinPrice * companyCost(layout, v, group));
      if (weight > least + 1e-9) continue;
      if (weight > least - 1e-9 && !isFreer(layout, v, group, best)) continue;
      best = group;
      least = weight;
    }
    return best;
  };
}

/** Whether one of two groups that are as full has fewer vCPUs, or then is where the vCPU is now, or comes first. */
function isFreer(layout: Layout, v: number, group: number, than: number): boolean {
  const own = layout.problem.origin[v] as number;
  const more =
    crowdOn(layout, group) - crowdOn(layout, than) ||
    Number(than === own) - Number(group === own) ||
    group - than;
  return more < 0;
}

/** The allowed group with the fewest vCPUs, then the least weighted load, then where the vCPU is now. */
function leastCrowdedFor(layout: Layout, v: number): number {
  const { problem, weighted } = layout;
  const own = problem.origin[v] as number;
  const mask = firstMask(problem, v);
  let best = NOWHERE;
  for (const group of weighted.keys()) {
    if (mask[group] !== 1) continue;
    const rather =
      crowdOn(layout, group) - crowdOn(layout, best) ||
      (weighted[group] as number) - (weighted[best] ?? 0) ||
      Number(best === own) - Number(group === own);
    if (best === NOWHERE || rather < 0) best = group;
  }
  return best;
}

/** Among which groups a vCPU gets its first: under the cache that was chosen for its domain, if any there is left. */
function firstMask({ allowedGroups, firstGroups }: Problem, v: number): Uint8Array {
  const allowed = allowedGroups[v] as Uint8Array;
  const first = firstGroups[v]?.map((may, group) => may & (allowed[group] as number));
  return first?.includes(1) === true ? first : allowed;
}

/** How many vCPUs there are for each pCPU of a group. */
function crowdOn({ count, problem }: Layout, group: number): number {
  return (count[group] ?? 0) / (problem.groups[group]?.cpus.length ?? 1);
}
