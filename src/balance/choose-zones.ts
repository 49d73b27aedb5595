import { groupBy } from '../model/group-by.ts';
import { type Level, NOWHERE, type Problem, sumOf } from './problem.ts';
import { narrowing, zonesOfMasks } from './zones.ts';

/**
 * Decides for the vCPUs that are to get a group, and may choose between zones, in which one: those of a domain in the
 * same, the largest domain first; where its devices are attached, or else where the rest of it is, or where it runs while
 * that is no fuller than others, or else in the emptiest. A domain for which no zone has room is left to all.
 * @param highPct a zone above it is fuller than others
 */
export function chooseZones(problem: Problem, level: Level, highPct: number, isNearDevices: boolean): void {
  const { vcpus, demand, origin, movable, unplaced, allowedGroups, groups } = problem;
  const zonesOf = zonesOfMasks(level);
  const narrow = narrowing(level);
  const zoneAt = (v: number) => level.zoneOf[origin[v] as number] ?? NOWHERE;
  const isChoosing = (v: number) =>
    movable[v] !== 0 && unplaced[v] !== 0 && zonesOf(allowedGroups[v] as Uint8Array).length > 1;
  const zones = [...groupBy(groups.keys(), (group) => level.zoneOf[group] as number)].map(([zone, own]) => ({
    zone,
    cpus: level.cpusOf[own[0]] as number,
    // Two threads of a core do less than two cores: under another cache there may be whole ones.
    capacity: sumOf(isNearDevices ? problem.capacity : problem.share, own),
    points: sumOf(problem.background, own),
  }));
  type Zone = (typeof zones)[number];
  const byNumber = new Map(zones.map((each) => [each.zone, each]));
  const rests = new Map<string, number>();
  for (const [v, { domain }] of vcpus.entries()) {
    const own = byNumber.get(zoneAt(v));
    if (isChoosing(v) || zoneAt(v) === NOWHERE || own === undefined) continue;
    own.points += demand[v] as number;
    rests.set(domain.uuid, own.zone);
  }
  const choosing = groupBy([...vcpus.keys()].filter(isChoosing), (v) => vcpus[v]?.domain.uuid);
  const domains = [...choosing].map(([uuid = '', own]) => ({ uuid, own, wanted: sumOf(demand, own) }));
  for (const { uuid, own, wanted } of domains.sort((a, b) => b.wanted - a.wanted)) {
    const filled = ({ points, capacity }: Zone) => (points + wanted) / capacity;
    const mayUse = (zone: number) => own.every((v) => zonesOf(allowedGroups[v] as Uint8Array).includes(zone));
    const runsIn = mostFrequent(own.map(zoneAt));
    const runs = ({ zone }: Zone) => Number(zone === runsIn);
    const options = zones
      .filter((each) => own.length <= each.cpus && filled(each) <= 100 && mayUse(each.zone))
      .sort((a, b) => filled(a) - filled(b) || runs(b) - runs(a) || a.zone - b.zone);
    const devices = isNearDevices ? vcpus[own[0]]?.deviceCells : [];
    const best =
      options.find(({ zone }) => devices?.includes(zone)) ??
      options.find(({ zone }) => zone === rests.get(uuid)) ??
      options.find((each) => each.zone === runsIn && filled(each) <= highPct) ??
      options[0];
    if (best === undefined) continue;
    best.points += wanted;
    for (const v of own) allowedGroups[v] = narrow(allowedGroups[v] as Uint8Array, best.zone);
  }
}

function mostFrequent(values: readonly number[]): number | undefined {
  const counts = groupBy(values, (value) => value);
  return [...counts].reduce((a, b) => (b[1].length > a[1].length ? b : a))[0];
}
