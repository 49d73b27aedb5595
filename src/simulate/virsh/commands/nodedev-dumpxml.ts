import type { Device } from '../../host.ts';
import { type Command, VirshError } from '../command.ts';

/** `nodedev-dumpxml`: of the host's devices, those that are passed through to a domain. */
export const nodedevDumpxml: Command = {
  name: 'nodedev-dumpxml',
  options: [{ name: 'device', kind: 'string', required: true }],
  run: (args, { host }) => {
    const name = args.text('device') ?? '';
    const device = host.domains
      .flatMap(({ devices = [] }) => devices)
      .find((each) => nodeDeviceName(each) === name);
    if (device !== undefined) return `${deviceXml(device)}\n`;
    throw new VirshError(
      `Could not find matching device '${name}'`,
      `Node device not found: no node device with matching name '${name}'`,
    );
  },
};

/** `pci_0000_41_00_0` */
function nodeDeviceName({ bus, slot }: Device): string {
  return `pci_0000_${hex(bus)}_${hex(slot)}_0`;
}

/** As a `<hostdev>` has it. */
export function deviceAddress({ bus, slot }: Device): string {
  return `<address domain='0x0000' bus='0x${hex(bus)}' slot='0x${hex(slot)}' function='0x0'/>`;
}

function hex(number: number): string {
  return number.toString(16).padStart(2, '0');
}

/** @source virNodeDeviceCapPCIDefFormat in libvirt's src/conf/node_device_conf.c */
function deviceXml(device: Device): string {
  const { bus, slot, cell } = device;
  const path = `/sys/devices/pci0000:${hex(bus)}/0000:${hex(bus)}:${hex(slot)}.0`;
  return `<device>
  <name>${nodeDeviceName(device)}</name>
  <path>${path}</path>
  <parent>computer</parent>
  <driver>
    <name>vfio-pci</name>
  </driver>
  <capability type='pci'>
    <class>0x020000</class>
    <domain>0</domain>
    <bus>${bus}</bus>
    <slot>${slot}</slot>
    <function>0</function>
    <product id='0x10fb'/>
    <vendor id='0x8086'/>
    <numa node='${cell}'/>
    <pci-express/>
  </capability>
</device>
`;
}
