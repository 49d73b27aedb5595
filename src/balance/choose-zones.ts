import { groupBy } from '../model/group-by.ts';
import { type Level, NOWHERE, type Problem } from './problem.ts';
import { narrowing, zonesOfMasks } from './zones.ts';

/**
 * Decides for the vCPUs that are to get a group, and may choose between zones, in which one: those of a domain in the
 * same, the largest domain first; where its devices are attached, or else where the rest of it is, or where it runs while
 * that is no fuller than others, or else in the emptiest. A domain for which no zone has room is left to all.
 * @param highPct a zone above it is fuller than others
 */
export function chooseZones(problem: Problem, level: Level, highPct: number, isNearDevices: boolean): void {
  const { vcpus, demand, origin, movable, unplaced, allowedGroups, groups, background, capacity } = problem;
  const zonesOf = zonesOfMasks(level);
  const mayUse = (v: number, zone: number) => zonesOf(allowedGroups[v] as Uint8Array).includes(zone);
  const isChoosing = (v: number) =>
    movable[v] !== 0 && unplaced[v] !== 0 && zonesOf(allowedGroups[v] as Uint8Array).length > 1;
  const zoneAt = (v: number) => level.zoneOf[origin[v] as number] ?? NOWHERE;
  const points = new Map<number, number>();
  const capacities = new Map<number, number>();
  const sizes = new Map<number, number>();
  const add = (to: Map<number, number>, zone: number, more: number) =>
    to.set(zone, (to.get(zone) ?? 0) + more);
  for (const [group, { cpus }] of groups.entries()) {
    const zone = level.zoneOf[group] as number;
    add(points, zone, background[group] as number);
    add(capacities, zone, capacity[group] as number);
    add(sizes, zone, cpus.length);
  }
  const rests = new Map<string, number>();
  for (const [v, { domain }] of vcpus.entries()) {
    if (isChoosing(v) || zoneAt(v) === NOWHERE) continue;
    add(points, zoneAt(v), demand[v] as number);
    rests.set(domain.uuid, zoneAt(v));
  }
  const narrow = narrowing(level);
  const sumOf = (domain: readonly number[]) => domain.reduce((sum, v) => sum + (demand[v] as number), 0);
  const choosing = groupBy([...vcpus.keys()].filter(isChoosing), (v) => vcpus[v]?.domain.uuid);
  for (const domain of [...choosing.values()].sort((a, b) => sumOf(b) - sumOf(a))) {
    const filled = (zone: number) => ((points.get(zone) ?? 0) + sumOf(domain)) / (capacities.get(zone) ?? 1);
    const runsIn = mostFrequent(domain.map(zoneAt));
    const options = [...sizes.keys()]
      .filter((zone) => domain.length <= (sizes.get(zone) ?? 0) && filled(zone) <= 100)
      .filter((zone) => domain.every((v) => mayUse(v, zone)))
      .sort((a, b) => filled(a) - filled(b) || Number(b === runsIn) - Number(a === runsIn) || a - b);
    const [first] = domain;
    const devices = isNearDevices ? vcpus[first]?.deviceCells : [];
    const zone =
      options.find((each) => devices?.includes(each)) ??
      options.find((each) => each === rests.get(vcpus[first]?.domain.uuid ?? '')) ??
      options.find((each) => each === runsIn && filled(each) <= highPct) ??
      options[0];
    if (zone === undefined) continue;
    add(points, zone, sumOf(domain));
    for (const v of domain) allowedGroups[v] = narrow(allowedGroups[v] as Uint8Array, zone);
  }
}

function mostFrequent(values: readonly number[]): number | undefined {
  const counts = groupBy(values, (value) => value);
  return [...counts].reduce((a, b) => (b[1].length > a[1].length ? b : a))[0];
}
