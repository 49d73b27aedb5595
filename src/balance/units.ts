import type { CpuSet } from '../model/cpu-set.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostLoad } from '../model/load.ts';
import type { Pcpu } from '../model/topology.ts';
import type { PolicySettings } from './policy.ts';

/** What vCPUs are pinned to: a pCPU, or with a coarser granularity all usable pCPUs of a core, a die or a cell. */
export type Unit = {
  /** never empty; their number is its capacity */
  readonly cpus: CpuSet;
  /** the other usable threads of its core; none where a unit is a core or more */
  readonly siblings: CpuSet;
};

/** The units of a host, ascending by their first pCPU. A pCPU that the topology does not tell of is one of its own. */
export function unitsOf(
  { pcpus, topology }: Pick<HostLoad, 'pcpus' | 'topology'>,
  granularity: PolicySettings['granularity'],
): readonly Unit[] {
  const places = new Map(topology.map((pcpu) => [pcpu.id, pcpu]));
  const unitOf = (cpu: number): string | number => {
    const place = places.get(cpu);
    return place === undefined ? cpu : keys[granularity](place);
  };
  const usable = new Set(pcpus);
  const siblingsOf = (cpu: number) =>
    (places.get(cpu)?.siblings ?? []).filter((sibling) => sibling !== cpu && usable.has(sibling));
  return [...groupBy(pcpus, unitOf).values()].map((cpus) => ({
    cpus,
    siblings: granularity === 'cpu' ? siblingsOf(cpus[0]) : [],
  }));
}

/** Where cells divide a die or a core, so do they units: pins are to keep memory near. */
const keys: Readonly<Record<PolicySettings['granularity'], (pcpu: Pcpu) => string | number>> = {
  cpu: ({ id }) => id,
  core: ({ cellId, siblings }) => `${cellId}/${siblings.join()}`,
  die: ({ cellId, socketId, dieId }) => `${cellId}/${socketId}/${dieId}`,
  cell: ({ cellId }) => `${cellId}/`,
};
