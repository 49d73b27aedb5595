import { type CpuSet, parseKernelCpuList } from '../model/cpu-set.ts';
import type { Pcpu, Topology } from '../model/topology.ts';
import type { ReadFile } from './local-host.ts';

/**
 * The cells and cores of this machine as the kernel tells them, for where libvirt cannot: 'virsh capabilities' fails as
 * a whole where anything in it does. Empty where the kernel does not tell either.
 * @source Documentation/ABI/stable/sysfs-devices-node and sysfs-devices-system-cpu of the kernel
 */
export async function localTopology(online: CpuSet, readFile: ReadFile): Promise<Topology> {
  const list = async (path: string) => parseKernelCpuList((await readFile(path)) ?? '') ?? [];
  const cellOf = new Map<number, number>();
  for (const cell of await list('/sys/devices/system/node/online'))
    for (const cpu of await list(`/sys/devices/system/node/node${cell}/cpulist`)) cellOf.set(cpu, cell);
  const pcpus = await Promise.all(
    online.map(async (id): Promise<readonly Pcpu[]> => {
      const cellId = cellOf.get(id);
      if (cellId === undefined) return [];
      const named = await list(`/sys/devices/system/cpu/cpu${id}/topology/thread_siblings_list`);
      const siblings = named.includes(id) ? named : [id];
      return [{ id, cellId, socketId: cellId, dieId: 0, coreId: siblings[0] ?? id, siblings }];
    }),
  );
  return pcpus.flat();
}
