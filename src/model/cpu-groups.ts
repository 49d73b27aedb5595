import { type CpuSet, formatCpuSet, isSubset } from './cpu-set.ts';
import { groupBy } from './group-by.ts';
import type { HostLoad } from './host-load.ts';
import type { Pcpu } from './topology.ts';

/** What vCPUs are pinned to: a pCPU, or all of a core, an L3, a die or a cell, in which the kernel balances. */
export type Granularity = 'cpu' | 'core' | 'l3' | 'die' | 'cell';

/** What vCPUs are pinned to: a pCPU, or with a coarser granularity all usable pCPUs of a core, an L3, a die or a cell. */
export type CpuGroup = {
  /** never empty */
  readonly cpus: CpuSet;
  /** the other usable threads of its core; none where a group is a core or more */
  readonly siblings: CpuSet;
};

/** The groups of a host, ascending by their first pCPU. A pCPU that the topology does not tell of is one of its own. */
export function cpuGroups(
  { pcpus, topology, vcpus }: Pick<HostLoad, 'pcpus' | 'topology' | 'vcpus'>,
  granularity: Granularity,
): readonly CpuGroup[] {
  if (topology.length === 0) return pcpus.map((cpu) => ({ cpus: [cpu], siblings: [] }));
  const places = new Map(topology.map((pcpu) => [pcpu.id, pcpu]));
  const usable = new Set(pcpus);
  if (granularity === 'cpu') {
    return pcpus.map((cpu) => ({
      cpus: [cpu],
      siblings: (places.get(cpu)?.siblings ?? []).filter((other) => other !== cpu && usable.has(other)),
    }));
  }
  const groupOf = (cpu: number): string | number => {
    const place = places.get(cpu);
    return place === undefined ? cpu : keys[granularity](place);
  };
  const sets = [...new Set(vcpus.filter(({ fixed }) => fixed === undefined).map(({ allowed }) => allowed))];
  return [...groupBy(pcpus, groupOf).values()].flatMap((cpus) =>
    usedTogether(cpus, sets, granularity === 'core'),
  );
}

/** A group of which nobody may use all is cut into what is used together: a part cannot do what the whole can. */
function usedTogether(cpus: CpuSet, sets: readonly CpuSet[], isCore: boolean): readonly CpuGroup[] {
  if (cpus.length === 1 || sets.length === 0 || sets.some((set) => isSubset(cpus, set)))
    return [{ cpus, siblings: [] }];
  const parts = [...groupBy(cpus, (cpu) => sets.map((set) => Number(set.includes(cpu))).join('')).values()];
  const siblings = (part: CpuSet) => (isCore ? cpus.filter((cpu) => !part.includes(cpu)) : []);
  return parts
    .map((part) => ({ cpus: part, siblings: siblings(part) }))
    .sort((a, b) => a.cpus[0] - b.cpus[0]);
}

/** Where cells divide a die or a core, so do they groups: pins are to keep memory near. */
const keys: Readonly<Record<Exclude<Granularity, 'cpu'>, (pcpu: Pcpu) => string>> = {
  core: ({ cellId, siblings }) => `${cellId}/${siblings.join()}`,
  l3: (pcpu) => (pcpu.l3Id === undefined ? keys.die(pcpu) : `${pcpu.cellId}/l3 ${pcpu.l3Id}`),
  die: ({ cellId, socketId, dieId }) => `${cellId}/${socketId}/${dieId}`,
  cell: ({ cellId }) => `${cellId}/`,
};

/** 'pCPU 3', 'pCPUs 0-7' */
export function nameOf({ cpus }: Pick<CpuGroup, 'cpus'>): string {
  return `pCPU${cpus.length === 1 ? '' : 's'} ${formatCpuSet(cpus)}`;
}
