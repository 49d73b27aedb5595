import { groupBy } from '../model/group-by.ts';
import { floating, NOWHERE, type Problem, sumOf } from './problem.ts';
import { tuning } from './tuning.ts';

/**
 * Lets vCPUs go on floating. Where one was last seen is chance, and so they are nowhere: what they want is divided by the
 * room that is left beside the vCPUs that are pinned.
 * @param outsideOf over how many pCPUs it may run besides the groups
 */
export function letFloat(problem: Problem, vcpus: readonly number[], outsideOf = (_: number) => 0): void {
  if (vcpus.length === 0) return;
  const { capacity, carried, floatingLoad, origin, demand, runGroups } = problem;
  for (const v of vcpus) origin[v] = NOWHERE;
  const room = capacity.map((each, group) => 100 * each - (carried[group] as number));
  for (const [v, group] of origin.entries())
    if (runGroups[v] === undefined && group !== NOWHERE)
      room[group] = (room[group] as number) - (demand[v] as number);
  const maskOf = (v: number) => runGroups[v] as Uint8Array;
  const added = divided(problem, vcpus, demand, maskOf, room, outsideOf);
  for (const [group, points] of added.entries()) {
    carried[group] = (carried[group] as number) + points;
    floatingLoad[group] = (floatingLoad[group] as number) + points;
  }
}

/** Leaves vCPUs as they are, with the reason. */
export function hold(problem: Problem, vcpus: readonly number[], reason: string): void {
  for (const v of vcpus) {
    problem.movable[v] = 0;
    problem.unplaced[v] = 0;
    problem.heldReasons[v] = reason;
  }
  letFloat(
    problem,
    vcpus.filter((v) => problem.runGroups[v] !== undefined),
  );
}

/**
 * The kernel places those that are free to run on several groups better than any pin: no vCPU wants much, and wherever
 * they run they leave nobody waiting. What the host itself runs does not count, since the kernel steers around it.
 */
export function isKernelBest(problem: Problem): boolean {
  const { capacity, demand, origin, unplaced, runGroups } = problem;
  const isMuch = (points: number, group: number) => points >= tuning.idlePoints * (capacity[group] ?? 1);
  const fixed = new Float64Array(capacity.length);
  const free: number[] = [];
  for (const [v, group] of origin.entries()) {
    if (group === NOWHERE && unplaced[v] !== floating) continue;
    if (isMuch(demand[v] as number, group)) return false;
    if (unplaced[v] === floating) free.push(v);
    else fixed[group] = (fixed[group] as number) + (demand[v] as number);
  }
  const spread = divided(problem, free, demand, (v) => runGroups[v] as Uint8Array, capacity);
  return fixed.every((points, group) => !isMuch(points + (spread[group] as number), group));
}

/**
 * What vCPUs that are on no group put on each: theirs is divided by the room there, or evenly where there is none.
 * @param maskOf the groups that a vCPU may use; those that may use the same share one
 */
export function divided(
  { capacity }: Problem,
  vcpus: readonly number[],
  points: Float64Array,
  maskOf: (v: number) => Uint8Array,
  room: Float64Array,
  outsideOf = (_: number) => 0,
): Float64Array {
  const load = new Float64Array(capacity.length);
  for (const [mask, own] of groupBy(vcpus, maskOf)) {
    const within = (sizes: Float64Array) =>
      sizes.map((each, group) => (mask[group] === 1 ? Math.max(0, each) : 0));
    const total = (parts: Float64Array) => parts.reduce((sum, each) => sum + each, 100 * outsideOf(own[0]));
    const parts = total(within(room)) > 0 ? within(room) : within(capacity);
    const all = total(parts);
    const wanted = sumOf(points, own);
    for (let group = 0; group < load.length && all > 0; group++)
      load[group] = (load[group] as number) + (wanted * (parts[group] as number)) / all;
  }
  return load;
}
