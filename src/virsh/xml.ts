import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { parseCpuList } from '../model/cpu-set.ts';
import type { Pcpu, Topology } from '../model/topology.ts';
import { ParseError, wholeNumber } from './command.ts';

/** Text stays text (`<name>007</name>` is no number), and what can be there several times is always a list. */
export const parserOptions = {
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
} as const;

const parser = new XMLParser({
  ...parserOptions,
  isArray: (name) => name === 'cell' || name === 'cpu',
});

type Attributes = Readonly<Record<string, string | undefined>>;
type Cell = Attributes & { readonly cpus?: { readonly cpu?: readonly Attributes[] } };
type Capabilities = {
  readonly capabilities?: {
    readonly host?: { readonly topology?: { readonly cells?: { readonly cell?: readonly Cell[] } } };
  };
};

/**
 * Reads `virsh capabilities`: `<cell id><cpus><cpu id socket_id die_id core_id siblings>`, ascending by id.
 * CPUs of which libvirt tells only the number (offline ones) are left out; no topology at all is an empty list.
 * @throws {ParseError}
 * @source virCapabilitiesHostNUMAFormat in libvirt; die_id since 5.1
 */
export function hostTopology(xml: string): Topology {
  if (XMLValidator.validate(xml.trim()) !== true) throw new ParseError('capabilities', 'XML', xml.trim());
  const host = (parser.parse(xml) as Capabilities).capabilities?.host;
  if (host === undefined) throw new ParseError('capabilities', 'host', xml.trim());
  const cells = host.topology?.cells?.cell ?? [];
  return cells
    .flatMap((cell) =>
      (cell.cpus?.cpu ?? []).filter((cpu) => cpu['@core_id'] !== undefined).map((cpu) => pcpu(cell, cpu)),
    )
    .sort((a, b) => a.id - b.id);
}

function pcpu(cell: Cell, cpu: Attributes): Pcpu {
  const number = (name: string, value: string | undefined) => wholeNumber('capabilities', name, value);
  const id = number('cpu id', cpu['@id']);
  return {
    id,
    cellId: number('cell id', cell['@id']),
    socketId: number('socket_id', cpu['@socket_id'] ?? '0'),
    dieId: number('die_id', cpu['@die_id'] ?? '0'),
    coreId: number('core_id', cpu['@core_id']),
    siblings: parseCpuList(cpu['@siblings'] ?? `${id}`),
  };
}
