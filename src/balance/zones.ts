import type { CpuSet } from '../model/cpu-set.ts';
import type { HostLoad } from '../model/load.ts';
import type { Pcpu, Topology } from '../model/topology.ts';
import type { CpuGroup } from './cpu-groups.ts';
import type { PolicySettings } from './policy.ts';
import { NOWHERE, type Problem } from './problem.ts';

/**
 * Parts of a host within which a domain is better kept: NUMA cells, for its memory, and L3 caches or clusters. Of each
 * pCPU, by its number, the zone; NOWHERE where that is not known.
 */
export type Zones = Int32Array;

/** The NUMA cells of a host, where there are several and they matter. */
export function cellZones(host: HostLoad, { numa }: Pick<PolicySettings, 'numa'>): Zones | undefined {
  return numa === 'ignore' ? undefined : zonesBy(host, ({ cellId }) => cellId);
}

/** The L3 caches of a host, or its clusters where libvirt tells no cache, where there are several and they matter. */
export function cacheZones(host: HostLoad, { l3 }: Pick<PolicySettings, 'l3'>): Zones | undefined {
  return l3 === 'ignore' ? undefined : zonesBy(host, ({ l3Id, clusterId }) => l3Id ?? clusterId);
}

function zonesBy(
  { pcpus, topology }: HostLoad,
  zoneOf: (pcpu: Pcpu) => number | undefined,
): Zones | undefined {
  const zones = new Int32Array(lastOf(pcpus, topology) + 1).fill(NOWHERE);
  for (const pcpu of topology) zones[pcpu.id] = zoneOf(pcpu) ?? NOWHERE;
  const isDivided = pcpus.some((cpu) => zones[cpu] !== zones[pcpus[0] ?? 0]);
  return isDivided ? zones : undefined;
}

function lastOf(pcpus: CpuSet, topology: Topology): number {
  return topology.reduce((last, { id }) => Math.max(last, id), pcpus.at(-1) ?? NOWHERE);
}

/** The zone of each group, that of its first pCPU. */
export function zonesOfGroups(zones: Zones, groups: readonly CpuGroup[]): Int32Array {
  return Int32Array.from(groups, ({ cpus: [cpu = NOWHERE] }) => zones[cpu] ?? NOWHERE);
}

/** Keeps every vCPU in the NUMA cells of its present affinity, and where it is strict under its L3 caches. */
export function keepInZones(
  problem: Problem,
  host: HostLoad,
  settings: Pick<PolicySettings, 'numa' | 'l3'>,
): void {
  const cells = cellZones(host, settings);
  const caches = settings.l3 === 'strict' ? cacheZones(host, settings) : undefined;
  for (const zones of [cells, caches]) if (zones !== undefined) keepIn(problem, zones);
}

/**
 * Keeps every vCPU in the zones of its present affinity. One that may not stay there at all may go wherever it is
 * allowed to.
 */
function keepIn(problem: Problem, zones: Zones): void {
  const { vcpus, allowedGroups, groups } = problem;
  const narrow = narrowing(zonesOfGroups(zones, groups));
  const known = new Map<CpuSet, ReadonlySet<number>>();
  for (const [v, { placement }] of vcpus.entries()) {
    const { affinity } = placement;
    const mask = allowedGroups[v] as Uint8Array;
    if (affinity.length === 1) {
      allowedGroups[v] = narrow(mask, [zones[affinity[0] ?? NOWHERE] ?? NOWHERE]);
      continue;
    }
    const own = known.get(affinity) ?? new Set(affinity.map((cpu) => zones[cpu] ?? NOWHERE));
    known.set(affinity, own);
    allowedGroups[v] = narrow(mask, [...own]);
  }
}

/** Masks limited to some zones: the same one again for the same mask and zones, and all of it where nothing is left. */
export function narrowing(zoneOf: Int32Array): (mask: Uint8Array, zones: readonly number[]) => Uint8Array {
  const known = new Map<Uint8Array, Map<string | number, Uint8Array>>();
  return (mask, zones) => {
    const byZones = known.get(mask) ?? new Map<string | number, Uint8Array>();
    known.set(mask, byZones);
    const key = zones.length === 1 ? (zones[0] ?? NOWHERE) : zones.toSorted((a, b) => a - b).join();
    const found = byZones.get(key);
    if (found !== undefined) return found;
    const within = mask.map((may, group) => may & Number(zones.includes(zoneOf[group] as number)));
    const narrowed = within.includes(1) ? within : mask;
    byZones.set(key, narrowed);
    return narrowed;
  };
}
