import type { HostLoad } from './host-load.ts';
import type { Pcpu } from './topology.ts';

/**
 * Parts of a host within which a domain is better kept: NUMA cells, for its memory, L3 caches and clusters of cores. Of
 * each pCPU, by its number, the zone; UNKNOWN where libvirt does not tell.
 */
export type Zones = Int32Array;

const UNKNOWN = -1;

export type ZoneSettings = {
  /**
   * what NUMA cells mean: a vCPU leaves the cells it may run on now only where they starve (`prefer`), never
   * (`strict`), or freely (`ignore`)
   */
  readonly numa: 'prefer' | 'strict' | 'ignore';
  /**
   * what L3 caches and clusters mean: the vCPUs of a domain are rather kept under as few as they need (`prefer`), never
   * leave those that they may run under now (`strict`), or go anywhere (`ignore`)
   */
  readonly l3: 'prefer' | 'strict' | 'ignore';
};

/** The NUMA cells of a host, where there are several and they matter. */
export function cellZones(host: HostLoad, { numa }: ZoneSettings): Zones | undefined {
  return numa === 'ignore' ? undefined : zonesBy(host, ({ cellId }) => cellId);
}

/** The L3 caches and the clusters of a host, those of them that divide its cells and hold several cores. */
export function cacheZones(host: HostLoad, { l3 }: ZoneSettings): readonly Zones[] {
  if (l3 === 'ignore') return [];
  const cells = zonesBy(host, ({ cellId }) => cellId);
  const caches = zonesBy(host, ({ l3Id }) => l3Id);
  const clusters = zonesBy(host, ({ clusterId }) => clusterId);
  return [caches, clusters].flatMap((zones, i) => {
    if (zones === undefined || !haveSeveralCores(host, zones)) return [];
    const isAlike = [cells, ...(i === 1 ? [caches] : [])].some(
      (other) => other && areSame(host, zones, other),
    );
    return isAlike ? [] : [zones];
  });
}

function zonesBy(host: HostLoad, zoneOf: (pcpu: Pcpu) => number | undefined): Zones | undefined {
  const { pcpus, topology } = host;
  const last = topology.reduce((most, { id }) => Math.max(most, id), pcpus.at(-1) ?? UNKNOWN);
  const zones = new Int32Array(last + 1).fill(UNKNOWN);
  for (const pcpu of topology) zones[pcpu.id] = zoneOf(pcpu) ?? UNKNOWN;
  return pcpus.some((cpu) => zones[cpu] !== zones[pcpus[0] ?? 0]) ? zones : undefined;
}

/** On some hosts a cluster is a core. */
function haveSeveralCores({ topology }: HostLoad, zones: Zones): boolean {
  const cores = new Map<number | undefined, number>();
  return topology.some(({ id, siblings: [first = id] }) => {
    const known = cores.get(zones[id]) ?? first;
    cores.set(zones[id], known);
    return zones[id] !== UNKNOWN && known !== first;
  });
}

function areSame({ pcpus }: HostLoad, zones: Zones, others: Zones): boolean {
  const pairs = new Set(pcpus.map((cpu) => `${zones[cpu]}/${others[cpu]}`));
  return [zones, others].every((each) => new Set(pcpus.map((cpu) => each[cpu])).size === pairs.size);
}
