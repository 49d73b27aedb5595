import { XMLParser } from 'fast-xml-parser';
import { type CpuSet, cpuSet, isSubset, maxCpus, parseCpuList } from '../../model/cpu-set.ts';
import type { Pcpu, Topology } from '../../model/topology.ts';
import { type Command, ParseError } from '../command.ts';
import { parserOptions, parseXml } from '../xml.ts';

/** What libvirt tells of the host. */
export type Capabilities = {
  /** empty where it tells no topology */
  readonly topology: Topology;
  /** the pCPUs of which it tells the number only: they were offline when it looked. None where it tells no more of any */
  readonly offline: CpuSet;
  /** what could not be used of it, and why; a line each */
  readonly remarks: readonly string[];
};

/**
 * The host's cells, sockets, dies, cores, threads and last-level caches. It can take seconds where libvirt probes QEMU:
 * once a run. An attribute that is odd costs that attribute: what uses it does as if libvirt did not report it.
 * @throws {ParseError} where it is no XML, or tells of no host
 * @source virCapabilitiesHostNUMAFormat and virCapabilitiesFormatCaches in libvirt; die_id since 5.1, cluster_id since
 *   10.1
 */
export const capabilities: Command<Capabilities> = { words: ['capabilities'], parse };

const parser = new XMLParser({
  ...parserOptions,
  isArray: (name) => name === 'cell' || name === 'cpu' || name === 'bank',
  // The first is most of the text, and nothing in it matters.
  stopNodes: ['capabilities.guest', 'capabilities.host.cpu'],
});

type Attributes = Readonly<Record<string, string | undefined>>;
type Cell = Attributes & { readonly cpus?: { readonly cpu?: readonly (Attributes | string)[] } };
type Parsed = {
  readonly capabilities?: {
    readonly host?: {
      readonly topology?: { readonly cells?: { readonly cell?: readonly (Cell | string)[] } };
      readonly cache?: { readonly bank?: readonly (Attributes | string)[] };
    };
  };
};

function parse(stdout: string): Capabilities {
  const text = stdout.slice(Math.max(0, stdout.indexOf('<capabilities'))).trim();
  const isCut = text.startsWith('<capabilities') && !text.endsWith('</capabilities>');
  if (!text.startsWith('<') || isCut) throw new ParseError('capabilities', 'XML', text);
  const host = parseXml<Parsed>(parser, 'capabilities', text).capabilities?.host;
  if (typeof host !== 'object') throw new ParseError('capabilities', 'host', text);
  const read = oddReader();
  const offline: number[] = [];
  const pcpus = new Map<number, Pcpu>();
  for (const cell of elements(host.topology?.cells?.cell)) {
    for (const cpu of elements(cell.cpus?.cpu)) {
      const id = read.number('id of a CPU', cpu['@id'], maxCpus - 1);
      if (id === undefined) continue;
      if (Object.keys(cpu).length === 1) offline.push(id);
      else {
        const cellId = read.number(`id of the cell of CPU ${id}`, cell['@id']);
        if (cellId !== undefined && !pcpus.has(id)) pcpus.set(id, pcpu(id, cellId, cpu, read));
      }
    }
  }
  const caches = lastLevelCaches(elements(host.cache?.bank), read);
  const topology = withConsistentCores([...pcpus.values()])
    .map((each) => (caches.has(each.id) ? { ...each, l3Id: caches.get(each.id) } : each))
    .sort((a, b) => a.id - b.id);
  return { topology, offline: topology.length === 0 ? [] : cpuSet(offline), remarks: read.remarks() };
}

/** An element without attributes and children is read as a text. */
function elements<T extends object>(found: readonly (T | string)[] | undefined): readonly T[] {
  return (Array.isArray(found) ? found : []).filter((each) => typeof each === 'object');
}

type Read = ReturnType<typeof oddReader>;

/** Reads attributes, and keeps what it could not use. */
function oddReader() {
  const odd = new Map<string, number>();
  const lists = new Map<string, CpuSet>();
  const note = (what: string) => void odd.set(what, (odd.get(what) ?? 0) + 1);

  function number(field: string, text: string | undefined, most = 2 ** 32 - 1): number | undefined {
    if (text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= most) return Number(text);
    note(`${field}='${(text ?? '').slice(0, 40)}'`);
    return undefined;
  }
  function cpus(field: string, text: string): CpuSet | undefined {
    try {
      const set = lists.get(text) ?? parseCpuList(text);
      lists.set(text, set);
      return set;
    } catch {
      note(`${field}='${text.slice(0, 40)}'`);
      return undefined;
    }
  }
  /** The first twenty: a host can have thousands of the same kind. */
  const remarks = () => [
    ...[...odd.keys()].slice(0, 20).map((what) => `'virsh capabilities' has ${what}, which is not used`),
    ...(odd.size > 20 ? [`'virsh capabilities' has ${odd.size - 20} more that are not used`] : []),
  ];
  return { number, cpus, remarks };
}

/** A number that is not told counts as 0, and so does one that is odd; a core that is not told is one of its own. */
function pcpu(id: number, cellId: number, cpu: Attributes, read: Read): Pcpu {
  const number = (name: string) =>
    cpu[`@${name}`] === undefined ? undefined : read.number(`${name} of CPU ${id}`, cpu[`@${name}`]);
  const listed = cpu['@siblings'];
  const siblings = listed === undefined ? [] : (read.cpus(`siblings of CPU ${id}`, listed) ?? []);
  const cluster = cpu['@cluster_id'];
  const isClustered = cluster !== undefined && !noCluster.has(cluster);
  return {
    id,
    cellId,
    socketId: number('socket_id') ?? 0,
    dieId: number('die_id') ?? 0,
    coreId: number('core_id') ?? siblings[0] ?? id,
    siblings: isSubset([id], siblings) ? siblings : cpuSet([...siblings, id]),
    ...(isClustered ? { clusterId: number('cluster_id') } : {}),
  };
}

/** What kernels and firmware say where there are no clusters. */
const noCluster: ReadonlySet<string> = new Set(['-1', '65535', '4294967295']);

/**
 * A pCPU that names no siblings belongs to the core whose threads name it, so that all threads of a core agree.
 */
function withConsistentCores(pcpus: readonly Pcpu[]): readonly Pcpu[] {
  const coreOf = new Map<number, CpuSet>();
  for (const siblings of new Set(pcpus.map((each) => each.siblings)))
    if (siblings.length > 1) for (const id of siblings) if (!coreOf.has(id)) coreOf.set(id, siblings);
  return pcpus.map((each) => {
    const core = coreOf.get(each.id);
    return each.siblings.length > 1 || core === undefined ? each : { ...each, siblings: core };
  });
}

/** By pCPU, the number of the last-level cache that it is under: its lowest pCPU tells it from others. */
function lastLevelCaches(banks: readonly Attributes[], read: Read): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const bank of banks) {
    if (bank['@level'] !== '3' || bank['@type'] === 'code') continue;
    const cpus = read.cpus(`cpus of L3 bank ${bank['@id'] ?? ''}`, bank['@cpus'] ?? '') ?? [];
    for (const cpu of cpus) if (!found.has(cpu)) found.set(cpu, cpus[0] ?? cpu);
  }
  return found;
}
