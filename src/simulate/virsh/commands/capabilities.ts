import { formatCpuSet, intersect } from '../../../model/cpu-set.ts';
import type { Topology } from '../../../model/topology.ts';
import type { Command } from '../command.ts';
import { cellMemoryKib } from './node.ts';

/** `capabilities`: the pCPUs by NUMA cell. Those offline are not there, as Linux takes them from their cell. */
export const capabilities: Command = {
  name: 'capabilities',
  options: [],
  run: (_, { host }) => {
    const online = host.topology
      .filter(({ id }) => host.online.includes(id))
      .map((pcpu) => ({ ...pcpu, siblings: intersect(pcpu.siblings, host.online) }));
    const cellIds = [...new Set(host.topology.map(({ cellId }) => cellId))];
    const cells = cellIds.map((id) =>
      cellXml(
        id,
        online.filter(({ cellId }) => cellId === id),
      ),
    );
    return `<capabilities>

  <host>
    <uuid>51d00000-0000-4000-8000-000000000000</uuid>
    <cpu>
      <arch>x86_64</arch>
    </cpu>
    <topology>
      <cells num='${cells.length}'>
${cells.join('')}      </cells>
    </topology>
${cacheXml(online)}  </host>

  <guest>
    <os_type>hvm</os_type>
    <arch name='x86_64'>
      <wordsize>64</wordsize>
      <domain type='qemu'/>
    </arch>
  </guest>

</capabilities>

`;
  },
};

function cellXml(id: number, pcpus: Topology): string {
  const cpus = pcpus.map(
    (cpu) =>
      `            <cpu id='${cpu.id}' socket_id='${cpu.socketId}' die_id='${cpu.dieId}'${cpu.clusterId === undefined ? '' : ` cluster_id='${cpu.clusterId}'`} core_id='${cpu.coreId}' siblings='${formatCpuSet(cpu.siblings)}'/>\n`,
  );
  return `        <cell id='${id}'>
          <memory unit='KiB'>${cellMemoryKib}</memory>
          <cpus num='${pcpus.length}'>
${cpus.join('')}          </cpus>
        </cell>
`;
}

/** The L3 caches, where a scenario gives them; one whose pCPUs are all offline is not there. */
function cacheXml(online: Topology): string {
  const banks = new Map<number, number[]>();
  for (const { id, l3Id } of online) {
    if (l3Id !== undefined) banks.set(l3Id, [...(banks.get(l3Id) ?? []), id]);
  }
  if (banks.size === 0) return '';
  const lines = [...banks]
    .sort(([a], [b]) => a - b)
    .map(
      ([id, cpus]) =>
        `      <bank id='${id}' level='3' type='both' size='16' unit='MiB' cpus='${formatCpuSet(cpus)}'/>\n`,
    );
  return `    <cache>\n${lines.join('')}    </cache>\n`;
}
