import { XMLParser } from 'fast-xml-parser';
import { type CpuSet, parseCpuList } from '../model/cpu-set.ts';
import { ParseError, wholeNumber } from './command.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import { parserOptions } from './xml.ts';

/** What vcpusched reads of a domain's XML. */
export type DomainXml = {
  /** the number of the start that it describes; undefined in a persistent configuration */
  readonly id: number | undefined;
  /** `<vcpu cpuset>` */
  readonly cpuset: CpuSet | undefined;
  /** `<cputune><vcpupin>`, as it stands there */
  readonly pins: readonly { readonly vcpu: number; readonly cpus: CpuSet }[];
  readonly numatune: Numatune | undefined;
  /** `<resource><partition>` */
  readonly partition: string | undefined;
  readonly metadata: Metadata;
};

/** `<numatune><memory>`: `cells` undefined where numad chooses them (placement='auto'). */
export type Numatune = { readonly mode: string; readonly cells: CpuSet | undefined };

/** The devices are most of the text, and nothing there matters. */
const parser = new XMLParser({
  ...parserOptions,
  isArray: (name) => name === 'vcpupin',
  stopNodes: ['domain.devices'],
});

type Attributes = Readonly<Record<string, string | undefined>>;
type Parsed = {
  readonly domain?: Attributes & {
    readonly vcpu?: string | Attributes;
    readonly cputune?: { readonly vcpupin?: readonly Attributes[] };
    readonly numatune?: { readonly memory?: Attributes };
    readonly resource?: { readonly partition?: string };
    readonly metadata?: unknown;
  };
};

/**
 * Reads what `virsh dumpxml` prints. A cut text would lack limits without a word, so its end has to be there.
 * @throws {ParseError}
 * @source virDomainDefFormatInternalSetRootName in libvirt
 */
export function domainXml(xml: string): DomainXml {
  const text = xml.trim();
  const domain = text.endsWith('</domain>') ? (parser.parse(text) as Parsed).domain : undefined;
  if (domain === undefined) throw new ParseError('dumpxml', 'XML', text.slice(-120));
  const vcpu = typeof domain.vcpu === 'object' ? domain.vcpu : {};
  const memory = domain.numatune?.memory;
  return {
    id: domain['@id'] === undefined ? undefined : wholeNumber('dumpxml', 'id', domain['@id']),
    cpuset: cpus('cpuset of <vcpu>', vcpu['@cpuset']),
    pins: (domain.cputune?.vcpupin ?? []).map((pin) => ({
      vcpu: wholeNumber('dumpxml', 'vcpu of <vcpupin>', pin['@vcpu']),
      cpus: cpus('cpuset of <vcpupin>', pin['@cpuset'] ?? '') ?? [],
    })),
    numatune: memory && { mode: memory['@mode'] ?? 'strict', cells: cpus('nodeset', memory['@nodeset']) },
    partition: domain.resource?.partition,
    metadata: readMetadata(domain.metadata),
  };
}

function cpus(field: string, text: string | undefined): CpuSet | undefined {
  if (text === undefined) return undefined;
  try {
    return parseCpuList(text);
  } catch {
    throw new ParseError('dumpxml', field, text);
  }
}
