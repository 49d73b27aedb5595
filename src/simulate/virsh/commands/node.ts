import { formatCpuSet } from '../../../model/cpu-set.ts';
import type { Topology } from '../../../model/topology.ts';
import type { Command } from '../command.ts';
import { fieldLine } from '../text-table.ts';

export const nodecpumap: Command = {
  name: 'nodecpumap',
  options: [{ name: 'pretty', kind: 'flag' }],
  run: (args, { host }) => {
    const all = host.topology.map(({ id }) => id);
    const map = args.has('pretty')
      ? formatCpuSet(host.online)
      : all.map((cpu) => (host.online.includes(cpu) ? 'y' : '-')).join('');
    return (
      fieldLine('CPUs present', all.length) +
      fieldLine('CPUs online', host.online.length) +
      fieldLine('CPU map', map)
    );
  },
};

export const nodeinfo: Command = {
  name: 'nodeinfo',
  options: [],
  run: (_, { host }) => {
    const { topology } = host;
    const cells = distinct(topology, ({ cellId }) => cellId);
    const sockets = distinct(topology, ({ socketId }) => socketId);
    const cores = distinct(topology, ({ siblings }) => siblings[0]);
    const lines: readonly (readonly [string, string | number])[] = [
      ['CPU model', 'x86_64'],
      ['CPU(s)', host.online.length],
      ['CPU frequency', '2400 MHz'],
      ['CPU socket(s)', sockets / cells],
      ['Core(s) per socket', cores / sockets],
      ['Thread(s) per core', topology.length / cores],
      ['NUMA cell(s)', cells],
      ['Memory size', `${cells * cellMemoryKib} KiB`],
    ];
    return lines.map(([name, value]) => fieldLine(name, value, 21)).join('');
  },
};

export const cellMemoryKib = 64 * 1024 ** 2;

function distinct(topology: Topology, of: (pcpu: Topology[number]) => number | undefined): number {
  return new Set(topology.map(of)).size;
}
