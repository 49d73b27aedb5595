import { groupBy } from '../model/group-by.ts';
import { memoized } from '../model/memoized.ts';
import { type Level, NOWHERE, type Problem, sumOf } from './problem.ts';
import { narrowing, zonesOfMasks } from './zones.ts';

/**
 * Decides for the vCPUs that are to get a group, and may choose between zones, in which one: those of a domain in the
 * same, the largest domain first; where its devices are attached, or else where the rest of it is, or where it runs while
 * that is no fuller than others, or else in the emptiest. Of a zone that counts which the domain may use. A domain for
 * which no zone has room is left to all.
 * @param highPct a zone above it is fuller than others
 * @param isCell a domain stays in a cell, and is only first placed under a cache
 */
export function chooseZones(problem: Problem, level: Level, highPct: number, isCell: boolean): void {
  const { vcpus, demand, origin, movable, unplaced, allowedGroups, firstGroups, groups } = problem;
  const maskOf = (v: number) => firstGroups[v] ?? (allowedGroups[v] as Uint8Array);
  const zonesOf = zonesOfMasks(level);
  const narrow = narrowing(level);
  const zoneAt = (v: number) => level.zoneOf[origin[v] as number] ?? NOWHERE;
  const isChoosing = (v: number) => movable[v] !== 0 && unplaced[v] !== 0 && zonesOf(maskOf(v)).length > 1;
  // Two threads of a core do less than two cores: under another cache there may be whole ones.
  const sizes = isCell ? problem.capacity : problem.share;
  const load = problem.carried.slice();
  const rests = new Map<string, number>();
  for (const [v, { domain }] of vcpus.entries()) {
    const group = origin[v] as number;
    if (isChoosing(v) || zoneAt(v) === NOWHERE) continue;
    load[group] = (load[group] as number) + (demand[v] as number);
    rests.set(domain.uuid, zoneAt(v));
  }
  const partsOf = memoized((mask: Uint8Array) => {
    const usable = [...groups.keys()].filter((group) => mask[group] === 1);
    return [...groupBy(usable, (group) => level.zoneOf[group] as number)].map(([zone, own]) => ({
      zone,
      groups: own,
      cpus: own.reduce((sum, group) => sum + (groups[group]?.cpus.length ?? 0), 0),
      capacity: sumOf(sizes, own),
    }));
  });
  const choosing = groupBy([...vcpus.keys()].filter(isChoosing), (v) => vcpus[v]?.domain.uuid);
  const domains = [...choosing].map(([uuid = '', own]) => ({ uuid, own, wanted: sumOf(demand, own) }));
  for (const { uuid, own, wanted } of domains.sort((a, b) => b.wanted - a.wanted)) {
    const mask = commonMask(own.map(maskOf));
    const runsIn = mostFrequent(own.map(zoneAt));
    const runs = ({ zone }: { readonly zone: number }) => Number(zone === runsIn);
    const options = partsOf(mask)
      .map((part) => ({ ...part, filled: (sumOf(load, part.groups) + wanted) / part.capacity }))
      .filter(({ cpus, filled }) => own.length <= cpus && filled <= 100)
      .sort((a, b) => a.filled - b.filled || runs(b) - runs(a) || a.zone - b.zone);
    const devices = isCell ? vcpus[own[0]]?.deviceCells : [];
    const best =
      options.find(({ zone }) => devices?.includes(zone)) ??
      options.find(({ zone }) => zone === rests.get(uuid)) ??
      options.find(({ zone, filled }) => zone === runsIn && filled <= highPct) ??
      options[0];
    if (best === undefined) continue;
    for (const group of best.groups)
      load[group] = (load[group] as number) + (wanted * (sizes[group] as number)) / best.capacity;
    for (const v of own) {
      const narrowed = narrow(maskOf(v), best.zone);
      if (isCell) allowedGroups[v] = narrowed;
      else firstGroups[v] = narrowed;
    }
  }
}

/** What all of some masks allow; mostly they are the same one. */
function commonMask([first = new Uint8Array(), ...others]: readonly Uint8Array[]): Uint8Array {
  return others.every((other) => other === first)
    ? first
    : first.map((may, group) => may & Number(others.every((other) => other[group] === 1)));
}

function mostFrequent(values: readonly number[]): number | undefined {
  const counts = groupBy(values, (value) => value);
  return [...counts].reduce((a, b) => (b[1].length > a[1].length ? b : a))[0];
}
