import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootSector, type Sector } from './boot-sector.ts';
import type { PrivateHost } from './private-host.ts';
import { putInStep, putToSleep } from './serial-line.ts';

export type GuestSpec = Sector & {
  readonly name: string;
  readonly uuid?: string;
  /** the live pin of each vCPU as a CPU list; a vCPU without one may run anywhere */
  readonly pins?: readonly (string | undefined)[];
  /** the pins that a persistent configuration has, which are an administrator's own */
  readonly configuredPins?: readonly string[];
  /** `<vcpu cpuset>` */
  readonly cpuset?: string;
  /** elements of its XML besides */
  readonly more?: string;
  /** elements of its `<cputune>` besides the pins */
  readonly cputune?: string;
  /** elements of its `<devices>` besides */
  readonly devices?: string;
  /** defined, so that it outlives a stop; false by default */
  readonly persistent?: boolean;
  /** does nothing at all, as if it had no timer */
  readonly isAsleep?: boolean;
  /** room for vCPUs that are plugged in later */
  readonly maxVcpus?: number;
};

export type Guest = { readonly name: string; readonly uuid: string; readonly vcpus: number };

/** Starts guests by one virsh and returns when they run their boot sectors in step. */
export async function startGuests(host: PrivateHost, specs: readonly GuestSpec[]): Promise<readonly Guest[]> {
  const guests = await Promise.all(specs.map((spec) => prepareGuest(host, spec)));
  const batch = guests.map(({ uuid }, i) => {
    const { persistent = false, pins = [] } = specs[i] ?? {};
    const start = [`define ${xmlFile(host, uuid)}`, `start ${uuid}`, ...pins.flatMap(livePin(uuid))];
    return persistent ? start.join('; ') : `create ${xmlFile(host, uuid)}`;
  });
  await host.virsh(batch.join('; '));
  await putInStep(guests.map(({ uuid }) => serialSocket(host, uuid)));
  await putToSleep(
    guests.flatMap(({ uuid }, i) => (specs[i]?.isAsleep === true ? serialSocket(host, uuid) : [])),
  );
  return guests;
}

const livePin =
  (uuid: string) =>
  (cpus: string | undefined, vcpu: number): readonly string[] =>
    cpus === undefined ? [] : [`vcpupin ${uuid} ${vcpu} ${cpus} --live`];

/** Writes a guest's disk and XML, and starts nothing. */
export async function prepareGuest(host: PrivateHost, spec: GuestSpec): Promise<Guest> {
  const guest = { name: spec.name, uuid: spec.uuid ?? randomUUID(), vcpus: spec.vcpus.length };
  await writeFile(disk(host, guest.uuid), await bootSector(spec));
  await writeFile(xmlFile(host, guest.uuid), xml(host, guest, spec));
  return guest;
}

/** Ends every guest, and forgets those that were defined. */
export async function removeGuests(host: PrivateHost): Promise<void> {
  const uuids = (await host.virsh('list', '--all', '--uuid')).split('\n').filter(Boolean);
  const defined = (await host.virsh('list', '--all', '--persistent', '--uuid')).split('\n').filter(Boolean);
  const active = (await host.virsh('list', '--uuid')).split('\n').filter(Boolean);
  const batch = [...active.map((uuid) => `destroy ${uuid}`), ...defined.map((uuid) => `undefine ${uuid}`)];
  if (uuids.length > 0) await host.virsh(batch.join('; '));
}

/** Guests of one vCPU each, with their bursts as far apart from one another as can be: `duties` in ticks of 64, all pinned to `pin`. */
export function singles(
  duties: readonly number[],
  pin: (i: number) => string | undefined = () => '0',
): readonly GuestSpec[] {
  return duties.map((duty, i) => ({
    name: `guest-${i}`,
    vcpus: [{ duty, phase: Math.floor((i * 64) / duties.length) }],
    pins: [pin(i)],
  }));
}

const disk = (host: PrivateHost, uuid: string): string => join(host.directory, `${uuid}.img`);
const serialSocket = (host: PrivateHost, uuid: string): string => join(host.directory, `${uuid}.serial`);
export const xmlFile = (host: PrivateHost, uuid: string): string => join(host.directory, `${uuid}.xml`);

function xml(
  host: PrivateHost,
  { name, uuid, vcpus }: Guest,
  {
    pins = [],
    configuredPins = [],
    persistent,
    maxVcpus = vcpus,
    cpuset,
    more = '',
    cputune = '',
    devices = '',
  }: GuestSpec,
): string {
  const pinned = (persistent ? configuredPins : pins).map((cpus, i) =>
    cpus === undefined ? '' : `<vcpupin vcpu='${i}' cpuset='${cpus}'/>`,
  );
  return `<domain type='qemu'>
  <name>${escapeXml(name)}</name>
  <uuid>${uuid}</uuid>
  <memory unit='MiB'>16</memory>
  <vcpu current='${vcpus}'${cpuset === undefined ? '' : ` cpuset='${cpuset}'`}>${maxVcpus}</vcpu>
  <cputune>${pinned.join('')}${cputune}</cputune>
  ${more}
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${disk(host, uuid)}'/>
      <target dev='hda' bus='ide'/>
    </disk>
    <serial type='unix'><source mode='bind' path='${serialSocket(host, uuid)}'/></serial>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>${devices}
  </devices>
</domain>
`;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&'"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
