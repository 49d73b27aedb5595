import type { CpuSet } from '../../model/cpu-set.ts';
import type { Pcpu, Topology } from '../../model/topology.ts';
import type { Scenario } from './schema.ts';

/**
 * The pCPUs of a scenario. Numbered as Linux does on most hosts (`cores-first`: every core once, then the
 * second threads), or with the threads of a core side by side (`siblings-adjacent`). So many L3 caches, or clusters,
 * as a die is given divide its cores into equal runs; those of a list have the pCPUs that it says.
 * @param l3Lists what the scenario lists as the pCPUs of each L3
 */
export function buildTopology(
  { topology, pcpus }: Pick<Scenario, 'topology' | 'pcpus'>,
  l3Lists: (allCpus: CpuSet) => readonly CpuSet[] = () => [],
): Topology {
  const { cells, sockets, dies, cores, threads, numbering, l3s, clusters } = topology ?? {
    ...flat,
    cores: pcpus ?? 1,
  };
  const perCell = sockets * dies * cores;
  const allCores = cells * perCell;
  const idOf = (core: number, thread: number): number =>
    numbering === 'cores-first' ? thread * allCores + core : core * threads + thread;

  const threadsOf = (core: number): readonly number[] =>
    Array.from({ length: threads }, (_, thread) => idOf(core, thread)).sort((a, b) => a - b);
  const partOf = (core: number, parts: number): number =>
    Math.floor(core / cores) * parts + Math.floor(((core % cores) * parts) / cores);
  const listed = l3Lists(Array.from({ length: allCores * threads }, (_, id) => id));
  const l3Of = (core: number, id: number): number | undefined => {
    if (typeof l3s === 'number') return partOf(core, l3s);
    const l3 = listed.findIndex((cpus) => cpus.includes(id));
    return l3 < 0 ? undefined : l3;
  };
  const describe = (core: number, id: number): Pcpu => ({
    id,
    cellId: Math.floor(core / perCell),
    socketId: Math.floor(core / (dies * cores)),
    dieId: Math.floor(core / cores) % dies,
    coreId: core % cores,
    siblings: threadsOf(core),
    ...(l3s !== undefined && { l3Id: l3Of(core, id) }),
    ...(clusters !== undefined && { clusterId: partOf(core, clusters) }),
  });
  return Array.from({ length: allCores }, (_, core) => threadsOf(core).map((id) => describe(core, id)))
    .flat()
    .sort((a, b) => a.id - b.id);
}

const flat = {
  cells: 1,
  sockets: 1,
  dies: 1,
  threads: 1,
  numbering: 'cores-first',
  l3s: undefined,
  clusters: undefined,
} as const;
