import { parseCpuList } from '../../../src/model/cpu-set.ts';
import type { Vcpu } from '../../../src/model/domain.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';

/** A host of two cells, pCPUs 0-3 and 4-7, of which some are online, without domains. */
export function twoCells(over: Partial<Snapshot> = {}, online = '0-7'): Snapshot {
  const pcpus = parseCpuList(online);
  return {
    takenAtMs: 0,
    pcpuTimes: new Map(),
    capacity: new Map(),
    online: pcpus,
    isolated: [],
    topology: pcpus.map((id) => ({
      id,
      cellId: Math.floor(id / 4),
      socketId: 0,
      dieId: 0,
      coreId: id,
      siblings: [id],
    })),
    domains: [],
    leftAlone: [],
    ...over,
  };
}

/** A vCPU for each list of pCPUs that one may run on; it ran last on the first of them. */
export function vcpusOn(lists: readonly string[]): readonly Vcpu[] {
  return lists.map((list, number) => ({
    number,
    counters: undefined,
    placement: { affinity: parseCpuList(list), lastPcpu: parseCpuList(list)[0] ?? 0 },
    problem: undefined,
  }));
}
