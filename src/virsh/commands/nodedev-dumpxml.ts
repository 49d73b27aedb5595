import { XMLParser } from 'fast-xml-parser';
import { type Command, ParseError } from '../command.ts';
import { parserOptions, parseXml } from '../xml.ts';

/** Where a PCI device sits, as `<hostdev><source><address>` says it. */
export type PciAddress = {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
};

/**
 * The NUMA cell that a PCI device of the host is attached to; undefined where the host does not tell.
 * @throws {ParseError}
 * @source virNodeDeviceDefFormat in libvirt: `<capability type='pci'><numa node='1'/>`, left out where it is -1
 */
export function pciDeviceCell(address: PciAddress): Command<number | undefined> {
  return { words: ['nodedev-dumpxml', pciDeviceName(address)], parse: cell };
}

/**
 * The name that libvirt has for it: `pci_0000_81_00_0`.
 * @source udevGenerateDeviceName and virPCIDeviceAddressAsString in libvirt
 */
export function pciDeviceName({ domain, bus, slot, function: number }: PciAddress): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  return `pci_${hex(domain, 4)}_${hex(bus, 2)}_${hex(slot, 2)}_${number.toString(16)}`;
}

const parser = new XMLParser({ ...parserOptions, isArray: (name) => name === 'capability' });

type Attributes = Readonly<Record<string, string | undefined>>;
type Parsed = { readonly device?: { readonly capability?: readonly { readonly numa?: Attributes }[] } };

function cell(stdout: string): number | undefined {
  const text = stdout.trim();
  if (!text.startsWith('<device>') || !text.endsWith('</device>'))
    throw new ParseError('nodedev-dumpxml', 'XML', text);
  const { device } = parseXml<Parsed>(parser, 'nodedev-dumpxml', text);
  const found = (device?.capability ?? []).find(
    (each) => typeof each === 'object' && each.numa !== undefined,
  );
  const node = found?.numa?.['@node'];
  return node !== undefined && /^\d{1,5}$/.test(node) ? Number(node) : undefined;
}
