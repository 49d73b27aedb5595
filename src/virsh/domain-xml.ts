import { XMLParser } from 'fast-xml-parser';
import { type CpuSet, parseCpuList } from '../model/cpu-set.ts';
import { wholeNumber } from './answer-fields.ts';
import { ParseError } from './command.ts';
import type { PciAddress } from './commands/nodedev-dumpxml.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import { attribute, child, children, parserOptions, parseXml, textOf, type XmlElement } from './xml.ts';

/** What vcpusched reads of a domain's XML. */
export type DomainXml = {
  /** as it is, spaces and line breaks in it too; undefined where it does not stand first, as libvirt has it */
  readonly name: string | undefined;
  /** undefined where it does not follow the name */
  readonly uuid: string | undefined;
  /** the number of the start that it describes; undefined in a persistent configuration */
  readonly id: number | undefined;
  /** `<vcpu cpuset>` */
  readonly cpuset: CpuSet | undefined;
  /** `<vcpu placement='auto'>`: numad chooses the pCPUs at the start, and only the affinity shows them */
  readonly isAuto: boolean;
  /** `<cputune><vcpupin>`, as it stands there */
  readonly pins: readonly VcpuPin[];
  readonly numatune: Numatune | undefined;
  /** `<numatune><memnode>`: where the memory of a guest cell comes from, and the vCPUs of that cell */
  readonly memnodes: readonly (Numatune & { readonly vcpus: CpuSet })[];
  /** `<cputune>`: in per cent of a pCPU; undefined where there is none, or it is not below a whole one for a vCPU */
  readonly quota: { readonly vcpuPct: number | undefined; readonly domainPct: number | undefined };
  /** `<cputune><vcpusched>` of the classes that are real time */
  readonly realtime: readonly { readonly vcpus: CpuSet; readonly scheduler: string }[];
  /** `<emulatorpin>` and `<iothreadpin>` */
  readonly emulator: readonly CpuSet[];
  /** `<cpu><topology threads>` */
  readonly guestThreads: number;
  /** the host's PCI devices that are passed through */
  readonly pciDevices: readonly PciAddress[];
  /** `<resource><partition>` */
  readonly partition: string | undefined;
  readonly metadata: Metadata;
};

export type VcpuPin = { readonly vcpu: number; readonly cpus: CpuSet };

/** `<numatune><memory>`: `cells` undefined where numad chooses them (placement='auto'). */
export type Numatune = { readonly mode: string; readonly cells: CpuSet | undefined };

/** The devices are most of the text, and metadata is anybody's: neither is read, but for what is looked for in them. */
const parser = new XMLParser({ ...parserOptions, stopNodes: ['domain.devices', 'domain.metadata'] });

/**
 * Reads what `virsh dumpxml` prints. A cut text would lack limits without a word, so its end has to be there; elements
 * that are not known are passed over. What may be a limit is not passed over where it cannot be read.
 * @throws {ParseError}
 * @source virDomainDefFormatInternalSetRootName in libvirt
 */
export function domainXml(xml: string): DomainXml {
  const text = xml.slice(Math.max(0, xml.indexOf('<domain'))).trim();
  const domain = text.endsWith('</domain>')
    ? child(parseXml<XmlElement>(parser, 'dumpxml', text), 'domain')
    : undefined;
  if (domain === undefined) throw new ParseError('dumpxml', 'XML', text.slice(-120));
  const id = attribute(domain, 'id');
  const vcpu = child(domain, 'vcpu');
  const cputune = child(domain, 'cputune');
  const numatune = child(domain, 'numatune');
  const memory = child(numatune, 'memory');
  const cpu = child(domain, 'cpu');
  const lists = cpuLists();
  return {
    ...namesIn(text),
    id: id === undefined ? undefined : wholeNumber('dumpxml', 'id', id),
    cpuset: lists.optional('cpuset of <vcpu>', attribute(vcpu, 'cpuset')),
    isAuto: attribute(vcpu, 'placement') === 'auto',
    pins: children(cputune, 'vcpupin').map((pin) => ({
      vcpu: wholeNumber('dumpxml', 'vcpu of <vcpupin>', attribute(pin, 'vcpu')),
      cpus: lists.needed('cpuset of <vcpupin>', attribute(pin, 'cpuset')),
    })),
    numatune: memory && {
      mode: attribute(memory, 'mode') ?? 'strict',
      cells: lists.optional('nodeset', attribute(memory, 'nodeset')),
    },
    memnodes: memnodes(numatune, child(cpu, 'numa'), lists),
    quota: {
      vcpuPct: below100(quotaPct(cputune, 'quota', 'period')),
      domainPct: quotaPct(cputune, 'global_quota', 'global_period'),
    },
    realtime: children(cputune, 'vcpusched').flatMap((each) => {
      const scheduler = attribute(each, 'scheduler') ?? '';
      if (scheduler !== 'fifo' && scheduler !== 'rr') return [];
      return [{ vcpus: lists.needed('vcpus of <vcpusched>', attribute(each, 'vcpus')), scheduler }];
    }),
    emulator: ['emulatorpin', 'iothreadpin']
      .flatMap((name) => children(cputune, name))
      .map((pin) => lists.needed('cpuset of <emulatorpin>', attribute(pin, 'cpuset'))),
    guestThreads: threadsOf(child(cpu, 'topology')),
    pciDevices: pciDevicesIn(textOf(child(domain, 'devices')) ?? ''),
    partition: textOf(child(child(domain, 'resource'), 'partition')),
    metadata: readMetadata(textOf(child(domain, 'metadata')) ?? ''),
  };
}

/**
 * The XML parser would leave out the spaces at the ends of the name.
 * @source virDomainDefFormatInternalSetRootName and virBufferEscapeString in libvirt
 */
function namesIn(text: string): Pick<DomainXml, 'name' | 'uuid'> {
  const [, name, uuid] =
    /^<domain[^<>]*>\s*<name>([^<]*)<\/name>\s*(?:<uuid>([0-9a-f-]{36})<\/uuid>)?/.exec(text) ?? [];
  return {
    name: name?.replaceAll(/&(?:amp|lt|gt|quot|apos);/g, (entity) => entities[entity] ?? entity),
    uuid,
  };
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
};

type Lists = ReturnType<typeof cpuLists>;

/** Reads each list once: thousands of vCPUs can have the same. */
function cpuLists() {
  const known = new Map<string, CpuSet>();
  function needed(field: string, text: string | undefined): CpuSet {
    const found = known.get(text ?? '') ?? read(field, text ?? '');
    known.set(text ?? '', found);
    return found;
  }
  function read(field: string, text: string): CpuSet {
    try {
      return parseCpuList(text);
    } catch {
      throw new ParseError('dumpxml', field, text);
    }
  }
  return {
    needed,
    optional: (field: string, text: string | undefined) =>
      text === undefined ? undefined : needed(field, text),
  };
}

/** A guest cell that `<cpu><numa>` does not list has no vCPUs; one without a number has that of its place there. */
function memnodes(
  numatune: XmlElement | undefined,
  numa: XmlElement | undefined,
  lists: Lists,
): DomainXml['memnodes'] {
  const cells = new Map(
    children(numa, 'cell').map((cell, i) => [attribute(cell, 'id') ?? `${i}`, attribute(cell, 'cpus')]),
  );
  return children(numatune, 'memnode').flatMap((memnode) => {
    const vcpus = cells.get(attribute(memnode, 'cellid') ?? '');
    if (vcpus === undefined) return [];
    return [
      {
        mode: attribute(memnode, 'mode') ?? 'strict',
        cells: lists.optional('nodeset of <memnode>', attribute(memnode, 'nodeset')),
        vcpus: lists.needed('cpus of <cell>', vcpus),
      },
    ];
  });
}

/**
 * What a quota comes to, in per cent of a pCPU; undefined where it is none, or is no number.
 * @source `<quota>` and `<period>` in formatdomain of libvirt, in microseconds: below 0 there is no quota, 0 says
 *   nothing, and where no period is said it is 100 ms
 */
function quotaPct(
  cputune: XmlElement | undefined,
  quotaName: string,
  periodName: string,
): number | undefined {
  const number = (name: string) => {
    const text = textOf(child(cputune, name))?.trim() ?? '';
    return /^\d{1,15}$/.test(text) ? Number(text) : 0;
  };
  const quota = number(quotaName);
  return quota === 0 ? undefined : (100 * quota) / (number(periodName) || 100_000);
}

/** A vCPU is a thread, which cannot use more than a pCPU. */
function below100(pct: number | undefined): number | undefined {
  return pct !== undefined && pct < 100 ? pct : undefined;
}

function threadsOf(topology: XmlElement | undefined): number {
  const threads = attribute(topology, 'threads') ?? '';
  return /^[1-9]\d{0,3}$/.test(threads) ? Number(threads) : 1;
}

const deviceParser = new XMLParser(parserOptions);

/** How a device of the host is handed to a guest: the element, and its `type`. */
const passedThrough: Readonly<Record<string, string>> = {
  hostdev: 'pci',
  interface: 'hostdev',
  disk: 'nvme',
};

/**
 * The addresses of the host's PCI devices that the guest has: of `<hostdev type='pci'>`, `<interface type='hostdev'>` and
 * `<disk type='nvme'>` the one in `<source>`.
 * @param devices the text of `<devices>`, as libvirt formats it: nothing in it looks like an element and is none
 */
function pciDevicesIn(devices: string): readonly PciAddress[] {
  const found: PciAddress[] = [];
  const unclosed = new Set<string>();
  const begin = /<(hostdev|interface|disk)\s/g;
  for (let match = begin.exec(devices); match !== null; match = begin.exec(devices)) {
    const [, name = ''] = match;
    if (devices[devices.indexOf('>', match.index) - 1] === '/') continue;
    const end = unclosed.has(name) ? -1 : devices.indexOf(`</${name}>`, match.index);
    // What has no end is not looked for again: the text may have many.
    if (end < 0) unclosed.add(name);
    if (end < 0) continue;
    begin.lastIndex = end;
    const device = child(parseDevice(`${devices.slice(match.index, end)}</${name}>`), name);
    const address = attribute(device, 'type') === passedThrough[name] ? pciAddress(device) : undefined;
    if (address !== undefined) found.push(address);
  }
  return found;
}

function parseDevice(text: string): XmlElement | undefined {
  try {
    return parseXml<XmlElement>(deviceParser, 'dumpxml', text);
  } catch {
    return undefined;
  }
}

function pciAddress(device: XmlElement | undefined): PciAddress | undefined {
  const address = child(child(device, 'source'), 'address');
  const [domain, bus, slot, fn] = ['domain', 'bus', 'slot', 'function'].map((name) => {
    const text = attribute(address, name) ?? (name === 'domain' ? '0' : '');
    return /^(0x[0-9a-f]{1,8}|\d{1,9})$/i.test(text) ? Number(text) : undefined;
  });
  if (domain === undefined || bus === undefined || slot === undefined || fn === undefined) return undefined;
  return { domain, bus, slot, function: fn };
}
