import type { CpuSet } from '../model/cpu-set.ts';
import type { HostLoad } from '../model/host-load.ts';
import { memoized } from '../model/memoized.ts';
import { cacheZones, cellZones, type ZoneSettings, type Zones } from '../model/zones.ts';
import { type Level, NOWHERE, type Problem } from './problem.ts';

/** Zones as the planner weighs them: of each group that of its first pCPU. */
export function levelOf(zones: Zones, { groups }: Pick<Problem, 'groups'>): Level {
  const zoneOf = Int32Array.from(groups, ({ cpus: [cpu = NOWHERE] }) => zones[cpu] ?? NOWHERE);
  const sizes = new Map<number, number>();
  for (const [group, { cpus }] of groups.entries()) {
    const zone = zoneOf[group] as number;
    sizes.set(zone, (sizes.get(zone) ?? 0) + cpus.length);
  }
  return { zoneOf, cpusOf: zoneOf.map((zone) => sizes.get(zone) ?? 0) };
}

/** Keeps every vCPU in the NUMA cells of its present affinity, and where it is strict under its L3 caches. */
export function keepInZones(problem: Problem, host: HostLoad, settings: ZoneSettings): void {
  const cells = cellZones(host, settings);
  if (cells !== undefined) keepIn(problem, cells);
  if (settings.l3 === 'strict') for (const zones of cacheZones(host, settings)) keepIn(problem, zones);
}

/** One that may not stay in its zones at all may go wherever it is allowed to. */
function keepIn(problem: Problem, zones: Zones): void {
  const { vcpus, allowedGroups } = problem;
  const narrow = narrowing(levelOf(zones, problem));
  const zonesOf = memoized((cpus: CpuSet) => [...new Set(cpus.map((cpu) => zones[cpu] ?? NOWHERE))]);
  for (let v = 0; v < vcpus.length; v++) {
    const affinity = vcpus[v]?.placement.affinity ?? [];
    const mask = allowedGroups[v] as Uint8Array;
    allowedGroups[v] =
      affinity.length === 1
        ? narrow(mask, zones[affinity[0] as number] ?? NOWHERE)
        : narrow(mask, ...zonesOf(affinity));
  }
}

/** Masks limited to some zones: the same one again for the same mask and zones, and all of it where nothing is left. */
export function narrowing({ zoneOf }: Level): (mask: Uint8Array, ...zones: readonly number[]) => Uint8Array {
  const knownOf = memoized((_mask: Uint8Array) => new Map<number | string, Uint8Array>());
  return (mask, ...zones) => {
    const byZones = knownOf(mask);
    const key = zones.length === 1 ? (zones[0] ?? NOWHERE) : zones.toSorted((a, b) => a - b).join();
    const found = byZones.get(key);
    if (found !== undefined) return found;
    const within = mask.map((may, group) => may & Number(zones.includes(zoneOf[group] as number)));
    const narrowed = within.includes(1) ? within : mask;
    byZones.set(key, narrowed);
    return narrowed;
  };
}

/** The zones in which a mask has groups. Most vCPUs share one: each is looked at once. */
export function zonesOfMasks({ zoneOf }: Level): (mask: Uint8Array) => readonly number[] {
  return memoized((mask) => [...new Set(zoneOf.filter((_, group) => mask[group] === 1))]);
}
