import { isDeepStrictEqual } from 'node:util';
import { type Bounds, unbounded } from '../model/bounds.ts';
import type { CpuSet } from '../model/cpu-set.ts';
import type { Domain } from '../model/domain.ts';
import type { Outcome } from '../virsh/batch.ts';
import { type PciAddress, pciDeviceName } from '../virsh/commands/nodedev-dumpxml.ts';
import type { DomainXml } from '../virsh/domain-xml.ts';
import { boundsOf, type Configuration } from './domain-bounds.ts';
import { inTurns, type Next } from './in-turns.ts';

/**
 * A domain's configuration is read when it is first seen, when it has been started anew, and so often besides: an
 * administrator who changes it can wait that long. To read those of 350 domains doubles what a sample takes, by a
 * third of a second.
 */
const rereadMs = 60_000;

type Asked = { readonly uuid: string; readonly isDue: boolean; readonly isPersistent: boolean };

/** One start of a domain: libvirt's number of it and, if asked for, its XML. */
export type Start = { readonly id: number | undefined; readonly live: DomainXml | undefined };

type Kept = Configuration & { readonly atMs: number; readonly bounds: ReturnType<typeof boundsMemory> };

/** Makes bounds anew only where what they come from is other than the last time: mostly it is the same for a minute. */
function boundsMemory(configuration: Configuration) {
  let last:
    | { readonly granted: CpuSet | undefined; readonly cells: string; readonly bounds: Bounds }
    | undefined;
  return (granted: CpuSet | undefined, cells: readonly number[]): Bounds => {
    const text = cells.join();
    if (last === undefined || last.granted !== granted || last.cells !== text) {
      const deviceCells = [...new Set(cells)].sort((a, b) => a - b);
      last = { granted, cells: text, bounds: boundsOf(configuration, granted, deviceCells) };
    }
    return last.bounds;
  };
}

/** Keeps the configuration of each domain from one sample to the next. */
export function configurations() {
  let kept = new Map<string, Kept>();
  const failures = new Map<string, string>();

  /**
   * Those domains whose configuration is to be read with the next sample: where it is not known, and the others in turns.
   */
  function due(
    domains: readonly Pick<Domain, 'uuid' | 'id'>[],
    isPersistent: ReadonlySet<string>,
    next: Next,
  ): ReadonlySet<string> {
    const readMs = ({ uuid, id }: Pick<Domain, 'uuid' | 'id'>) => {
      const found = kept.get(uuid);
      const isKnown = found?.live.id === id && (found?.inactive !== undefined || !isPersistent.has(uuid));
      return isKnown ? found?.atMs : undefined;
    };
    return new Set(inTurns(domains, readMs, rereadMs, next).map(({ uuid }) => uuid));
  }

  /** Takes what was read. What failed is not known, rather than as it was before. */
  function learn(
    { uuid, isDue: wasAsked, isPersistent }: Asked,
    start: Outcome<Start>,
    inactive: Outcome<DomainXml> | undefined,
    atMs: number,
  ): void {
    if (!wasAsked) return;
    const before = kept.get(uuid);
    kept.delete(uuid);
    failures.delete(uuid);
    if (!start.ok) failures.set(uuid, start.error);
    else if (inactive?.ok === false) failures.set(uuid, inactive.error);
    else if (start.value.live !== undefined) {
      const read = { live: start.value.live, inactive: isPersistent ? inactive?.value : undefined };
      // What comes from it need not be made anew, nor what comes from that.
      const isSame =
        before !== undefined && isDeepStrictEqual({ live: before.live, inactive: before.inactive }, read);
      kept.set(uuid, isSame ? { ...before, atMs } : { ...read, atMs, bounds: boundsMemory(read) });
    }
  }

  /**
   * What binds a domain in the start of this id.
   * @param cellOf the NUMA cell of a PCI device, by libvirt's name for it
   */
  function boundsFor(
    uuid: string,
    id: number | undefined,
    isPersistent: boolean,
    granted: ReadonlyMap<string, CpuSet>,
    cellOf: (device: string) => number | undefined = () => undefined,
  ): Bounds {
    const known = kept.get(uuid);
    const failure = failures.get(uuid);
    if (known !== undefined && known.live.id === id && (known.inactive !== undefined || !isPersistent)) {
      const cells = known.live.pciDevices.flatMap((device) => cellOf(pciDeviceName(device)) ?? []);
      return known.bounds(granted.get(known.live.partition ?? ''), cells);
    }
    const why =
      failure === undefined ? 'it has just started' : `its configuration could not be read: ${failure}`;
    return { ...unbounded, leave: why };
  }

  /** The partitions that domains are in. */
  function partitions(): ReadonlySet<string> {
    return new Set([...kept.values()].flatMap(({ live }) => live.partition ?? []));
  }

  /** The PCI devices of the host that domains have, by libvirt's names for them. */
  function devices(): ReadonlyMap<string, PciAddress> {
    const all = [...kept.values()].flatMap(({ live }) => live.pciDevices);
    return new Map(all.map((device) => [pciDeviceName(device), device]));
  }

  /** Forgets all domains but these. */
  function forgetOthers(uuids: ReadonlySet<string>): void {
    kept = new Map([...kept].filter(([uuid]) => uuids.has(uuid)));
    for (const uuid of failures.keys()) if (!uuids.has(uuid)) failures.delete(uuid);
  }
  return { due, learn, boundsFor, partitions, devices, forgetOthers };
}
