import { ascending } from '../model/ascending.ts';
import { alone, NOWHERE, type Problem } from './problem.ts';
import type { Scale } from './scale.ts';
import { tuning } from './tuning.ts';

/**
 * Which vCPU is on which group, and what follows of it. The one thing of the planner that changes in place, move by
 * move: a move takes two groups out of their order and puts them back by binary search, and sorts nothing.
 */
export type Layout = {
  readonly problem: Problem;
  readonly scale: Scale;
  /** the group of each vCPU, or NOWHERE */
  readonly place: Int32Array;
  /** points on each group, its background included: by demand, and by the closed reading */
  readonly load: Float64Array;
  readonly closedLoad: Float64Array;
  /** what groups are compared by: load per capacity, with a part of what the other threads of the core carry */
  readonly weighted: Float64Array;
  readonly closedWeighted: Float64Array;
  /** how many vCPUs are on each group */
  readonly count: Int32Array;
  /** of each group, the vCPUs that may be moved for themselves, those that may use the same groups together */
  readonly members: Peers[][];
  /** the groups, ascending by weighted load; of equals the first comes first */
  readonly order: Int32Array;
  /** how many pins lead to it, and how many may */
  pins: number;
  readonly pinBudget: number;
};

/** vCPUs of a group that share the mask of what they may use, ascending by demand; never none. */
export type Peers = { readonly mask: Uint8Array; readonly vcpus: number[] };

export function createLayout(
  problem: Problem,
  place: Int32Array,
  scale: Scale,
  pinBudget = Number.POSITIVE_INFINITY,
): Layout {
  const { carried, closed, demand, origin, unplaced, movable, byDemand, groups, allowedGroups } = problem;
  const load = carried.slice();
  const closedLoad = carried.slice();
  const count = new Int32Array(groups.length);
  const members: Peers[][] = groups.map(() => []);
  let pins = 0;
  for (let i = 0; i < byDemand.length; i++) {
    const v = byDemand[i] as number;
    const group = place[v] as number;
    if (group !== origin[v] && unplaced[v] === 0) pins += 1;
    if (group === NOWHERE) continue;
    load[group] = (load[group] as number) + (demand[v] as number);
    closedLoad[group] = (closedLoad[group] as number) + (closed[v] as number);
    count[group] = (count[group] as number) + 1;
    if (movable[v] === alone)
      peersWith(members[group] as Peers[], allowedGroups[v] as Uint8Array).vcpus.push(v);
  }
  const weighted = weigh(problem, load);
  return {
    problem,
    scale,
    place: place.slice(),
    load,
    closedLoad,
    weighted,
    closedWeighted: weigh(problem, closedLoad),
    count,
    members,
    order: ascending(weighted),
    pins,
    pinBudget,
  };
}

/** Points on each group, its background included, by the demand or by another reading. */
export function loadsAt(
  { carried }: Pick<Problem, 'carried'>,
  place: Int32Array,
  points: Float64Array,
): Float64Array {
  const load = carried.slice();
  for (let v = 0; v < place.length; v++) {
    const group = place[v] as number;
    if (group !== NOWHERE) load[group] = (load[group] as number) + (points[v] as number);
  }
  return load;
}

function weigh({ capacity, threads }: Problem, load: Float64Array): Float64Array {
  const weighted = new Float64Array(load.length);
  for (let group = 0; group < load.length; group++) {
    const others = threads[group] as readonly number[];
    let points = load[group] as number;
    for (let i = 0; i < others.length; i++)
      points += tuning.siblingWeight * (load[others[i] as number] as number);
    weighted[group] = points / (capacity[group] as number);
  }
  return weighted;
}

/** Moves a vCPU to another group; to NOWHERE takes it off. */
export function put(layout: Layout, v: number, to: number): void {
  const from = layout.place[v] as number;
  if (from === to) return;
  layout.pins += pinsToGo(layout.problem, v, from, to);
  layout.place[v] = to;
  if (from !== NOWHERE) change(layout, v, from, -1);
  if (to !== NOWHERE) change(layout, v, to, 1);
}

/** How many more pins there are when a vCPU goes over: one fewer where that takes it back to where it is now. */
export function pinsToGo({ unplaced, origin }: Problem, v: number, from: number, to: number): number {
  if (v === NOWHERE || unplaced[v] !== 0) return 0;
  return Number(to !== origin[v]) - Number(from !== origin[v]);
}

function change(layout: Layout, v: number, group: number, sign: 1 | -1): void {
  const { load, closedLoad, count, members, problem } = layout;
  const points = sign * (problem.demand[v] as number);
  const closedPoints = sign * (problem.closed[v] as number);
  load[group] = (load[group] as number) + points;
  closedLoad[group] = (closedLoad[group] as number) + closedPoints;
  count[group] = (count[group] as number) + sign;
  if (problem.movable[v] === alone) {
    const own = members[group] as Peers[];
    const peers = peersWith(own, problem.allowedGroups[v] as Uint8Array);
    const at = positionIn(peers.vcpus, problem.demand, problem.demand[v] as number, v);
    if (sign < 0) peers.vcpus.splice(at, 1);
    else peers.vcpus.splice(at, 0, v);
    if (peers.vcpus.length === 0) own.splice(own.indexOf(peers), 1);
  }
  reweigh(layout, group, points, closedPoints);
  const threads = problem.threads[group] as readonly number[];
  const { siblingWeight } = tuning;
  for (let i = 0; i < threads.length; i++)
    reweigh(layout, threads[i] as number, siblingWeight * points, siblingWeight * closedPoints);
}

function reweigh(layout: Layout, group: number, points: number, closedPoints: number): void {
  const { order, weighted, closedWeighted } = layout;
  const capacity = layout.problem.capacity[group] as number;
  const from = rankOf(layout, group);
  const weight = (weighted[group] as number) + points / capacity;
  closedWeighted[group] = (closedWeighted[group] as number) + closedPoints / capacity;
  order.copyWithin(from, from + 1);
  const to = positionIn(order, weighted, weight, group, order.length - 1);
  weighted[group] = weight;
  order.copyWithin(to + 1, to, order.length - 1);
  order[to] = group;
}

/** Where a group stands in the order. */
export function rankOf({ order, weighted }: Layout, group: number): number {
  return positionIn(order, weighted, weighted[group] as number, group);
}

/** Those of a group with this mask; none yet where they are new. */
function peersWith(members: Peers[], mask: Uint8Array): Peers {
  for (let i = 0; i < members.length; i++) if (members[i]?.mask === mask) return members[i] as Peers;
  const peers = { mask, vcpus: [] };
  members.push(peers);
  return peers;
}

/** The members of a group that may go to another one. */
export function movableTo({ members }: Layout, from: number, to: number): number[] {
  return (members[from] ?? []).flatMap(({ mask, vcpus }) => (mask[to] === 1 ? vcpus : []));
}

/** Where the first of some peers with at least this demand stands. */
export function positionByDemand({ problem }: Layout, vcpus: readonly number[], demand: number): number {
  return positionIn(vcpus, problem.demand, demand, NOWHERE);
}

/**
 * Where a vCPU or a group with such a value stands, or would stand, among the first of a list that is ascending by value,
 * then number.
 */
function positionIn(
  list: ArrayLike<number>,
  values: Float64Array,
  value: number,
  own: number,
  count = list.length,
): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = list[middle] as number;
    const otherValue = values[other] as number;
    if (otherValue < value || (otherValue === value && other < own)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a vCPU with a group of its own is on another one: it is to be moved. */
export function isMoved({ problem, place }: Layout, v: number): boolean {
  return problem.movable[v] !== 0 && problem.unplaced[v] === 0 && place[v] !== problem.origin[v];
}

/** Whether a plan for this layout pins a vCPU: it is moved, or gets its group. */
export function isGoing(layout: Layout, v: number): boolean {
  const { problem, place } = layout;
  const getsOne = problem.unplaced[v] !== 0 && problem.movable[v] !== 0;
  return place[v] !== NOWHERE && (getsOne || isMoved(layout, v));
}

/** The load of a group in per cent of what its pCPUs can do: as they show it. */
export function loadPctAt({ load, problem }: Layout, group: number): number {
  return group === NOWHERE ? 0 : (load[group] as number) / (problem.capacity[group] as number);
}

/** How far a net load goes over in points between two groups: what more of it takes away from the gain of each point. */
export function curvatureBetween({ capacity, threads }: Problem, from: number, to: number): number {
  const own = capacity[from] as number;
  const shared = threads[from]?.includes(to) === true ? (2 * tuning.siblingWeight) / own : 0;
  return 1 / own + 1 / (capacity[to] as number) - shared;
}
