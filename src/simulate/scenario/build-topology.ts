import type { Pcpu, Topology } from '../../model/topology.ts';
import type { Scenario } from './schema.ts';

/**
 * The pCPUs of a scenario. Numbered as Linux does on most hosts (`cores-first`: every core once, then the
 * second threads), or with the threads of a core side by side (`siblings-adjacent`).
 */
export function buildTopology({ topology, pcpus }: Pick<Scenario, 'topology' | 'pcpus'>): Topology {
  const { cells, sockets, dies, cores, threads, numbering } = topology ?? { ...flat, cores: pcpus ?? 1 };
  const perCell = sockets * dies * cores;
  const allCores = cells * perCell;
  const idOf = (core: number, thread: number): number =>
    numbering === 'cores-first' ? thread * allCores + core : core * threads + thread;

  const threadsOf = (core: number): readonly number[] =>
    Array.from({ length: threads }, (_, thread) => idOf(core, thread)).sort((a, b) => a - b);
  const describe = (core: number, id: number): Pcpu => ({
    id,
    cellId: Math.floor(core / perCell),
    socketId: Math.floor(core / (dies * cores)),
    dieId: Math.floor(core / cores) % dies,
    coreId: core % cores,
    siblings: threadsOf(core),
  });
  return Array.from({ length: allCores }, (_, core) => threadsOf(core).map((id) => describe(core, id)))
    .flat()
    .sort((a, b) => a.id - b.id);
}

const flat = { cells: 1, sockets: 1, dies: 1, threads: 1, numbering: 'cores-first' } as const;
