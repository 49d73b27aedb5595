import type { CpuSet } from '../model/cpu-set.ts';
import { groupBy } from '../model/group-by.ts';
import type { HostLoad, VcpuLoad } from '../model/load.ts';
import type { PolicySettings } from './policy.ts';

/**
 * Keeps every vCPU in the NUMA cells of its present affinity: that is where its memory is, and pinning moves
 * none. One that may not stay there at all may go wherever it is allowed to.
 */
export function stayInCells(host: HostLoad, { numa }: PolicySettings): HostLoad {
  if (numa === 'ignore' || cellsOf(host).length <= 1) return host;
  const within = withinCells(cellIds(host));
  const vcpus = host.vcpus.map((vcpu): VcpuLoad => {
    const allowed = within(vcpu.allowed, vcpu.placement.affinity);
    return allowed.length === 0 ? vcpu : { ...vcpu, allowed };
  });
  return { ...host, vcpus };
}

/** A NUMA cell with its usable pCPUs. */
export type Cell = { readonly id: number | undefined; readonly cpus: CpuSet };

/** The cells with usable pCPUs. */
export function cellsOf(host: HostLoad): readonly Cell[] {
  return [...groupBy(host.pcpus, cellIds(host))].map(([id, cpus]) => ({ id, cpus }));
}

/** The cell of a pCPU; undefined where libvirt does not tell. */
function cellIds({ topology }: HostLoad): (cpu: number) => number | undefined {
  const cells = new Map(topology.map(({ id, cellId }) => [id, cellId]));
  return (cpu) => cells.get(cpu);
}

/** What of an allowed set lies in the cells of an affinity: the same set again for those that share one. */
function withinCells(cellOf: (cpu: number) => number | undefined) {
  const known = new Map<CpuSet, Map<string, CpuSet>>();
  return (allowed: CpuSet, affinity: CpuSet): CpuSet => {
    const cells = new Set(affinity.map(cellOf));
    const byCells = known.get(allowed) ?? new Map<string, CpuSet>();
    known.set(allowed, byCells);
    const key = [...cells].sort().join();
    const within = byCells.get(key) ?? allowed.filter((cpu) => cells.has(cellOf(cpu)));
    byCells.set(key, within);
    return within;
  };
}
