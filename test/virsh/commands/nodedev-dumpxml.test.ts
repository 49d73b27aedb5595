import { describe, expect, test } from 'vitest';
import { pciDeviceCell, pciDeviceName } from '../../../src/virsh/commands/nodedev-dumpxml.ts';
import { recorded } from '../../support/recorded.ts';

const { parse } = pciDeviceCell({ domain: 0, bus: 0x81, slot: 0, function: 0 });

test.each([
  [{ domain: 0, bus: 0x81, slot: 0, function: 0 }, 'pci_0000_81_00_0'],
  [{ domain: 0, bus: 0, slot: 0x1f, function: 7 }, 'pci_0000_00_1f_7'],
  [{ domain: 0x10001, bus: 0xfe, slot: 1, function: 2 }, 'pci_10001_fe_01_2'],
])('%j is %s', (address, name) => {
  expect(pciDeviceName(address)).toBe(name);
  expect(pciDeviceCell(address).words).toEqual(['nodedev-dumpxml', name]);
});

describe('its cell', () => {
  const pci = (inside: string) =>
    `<device>\n<name>x</name>\n<capability type='pci'>${inside}</capability>\n</device>\n\n`;

  test('recorded: the host does not tell', () => {
    expect(parse(recorded('hosts/demand-9.0.0/nodedev-dumpxml.no-cell').stdout)).toBeUndefined();
  });

  test.each([
    [pci("<numa node='1'/>"), 1],
    [pci("<capability type='virt_functions'/><numa node='0'/>"), 0],
    [pci("<numa node='-1'/>"), undefined],
    [pci('<numa/>'), undefined],
  ])('%j', (stdout, cell) => {
    expect(parse(stdout)).toBe(cell);
  });

  test.each(['', '<device>', '<domain/>', 'error'])('garbled: %j', (stdout) => {
    expect(() => parse(stdout)).toThrow(
      `'virsh nodedev-dumpxml' printed no usable XML: ${JSON.stringify(stdout)}`,
    );
  });
});
