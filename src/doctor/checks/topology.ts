import { formatCpuSet } from '../../model/cpu-set.ts';
import type { Pcpu } from '../../model/topology.ts';
import { counted } from '../../render/figures.ts';
import { type Finding, ok, unknown, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** What libvirt tells of cells, cores and threads. */
export function topology({ connection }: Facts): Finding {
  if (!connection.ok) return unknown('no connection');
  const { online, topology: told, topologyProblem, remarks = [] } = connection.value.snapshot;
  const list = `${counted(online.length, 'pCPU')} online (${formatCpuSet(online)})`;
  if (topologyProblem !== undefined) {
    const instead =
      told.length > 0 ? 'the files of this machine stand in' : 'domains stay where they may run now';
    return warning(
      `${list}; ${topologyProblem}`,
      `see what 'virsh capabilities' says; until then ${instead}`,
    );
  }
  const [odd, ...more] = remarks.filter((line) => /^'virsh (capabilities|nodecpumap)' /.test(line));
  if (odd !== undefined) {
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
    return warning(
      `${list}; ${odd}${others}`,
      'it is balanced without: is libvirt, or the firmware, out of date?',
    );
  }
  const known = told.filter(({ id }) => online.includes(id));
  if (known.length < online.length) {
    return warning(
      `${list}; libvirt does not report the cell and the core of ${known.length === 0 ? 'any' : 'all'} of them`,
      "each counts as a core of its own: see whether 'virsh capabilities' has a <topology>",
    );
  }
  const count = (of: (pcpu: Pcpu) => number) => new Set(known.map(of)).size;
  const cores = new Set(known.map(({ siblings }) => formatCpuSet(siblings))).size;
  const parts = [
    counted(
      count(({ cellId }) => cellId),
      'cell',
    ),
    counted(
      count(({ socketId }) => socketId),
      'socket',
    ),
    counted(cores, 'core'),
  ];
  const threads = Math.max(...known.map(({ siblings }) => siblings.length));
  return ok(`${list}; ${parts.join(', ')}, ${threads === 1 ? 'a thread each' : `${threads} threads each`}`);
}
