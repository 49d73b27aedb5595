import { type Bounds, unbounded } from '../model/bounds.ts';
import type { CpuSet } from '../model/cpu-set.ts';
import type { DomainXml, Numatune } from '../virsh/domain-xml.ts';

/** What was read of a domain's configuration. */
export type Configuration = {
  /** as it runs */
  readonly live: DomainXml;
  /** as it would be started; undefined for a transient domain, which has no such thing */
  readonly inactive: DomainXml | undefined;
};

/**
 * What binds a domain. Its persistent configuration is the administrator's, since vcpusched sets live pins alone;
 * where the memory is, which cgroup it is in, what caps it and its own word are what they are now.
 * @param granted the pCPUs of its cgroup
 * @param deviceCells the NUMA cells of its devices, as far as they are known
 */
export function boundsOf(
  { live, inactive }: Configuration,
  granted: CpuSet | undefined,
  deviceCells: readonly number[] = [],
): Bounds {
  const { numatune, memnodes, metadata } = live;
  return {
    ...unbounded,
    ...(live.name === undefined ? {} : { name: live.name }),
    cpuset: (inactive ?? live).cpuset,
    pins: inactive?.pins ?? [],
    memoryCells: isBinding(numatune) ? numatune.cells : undefined,
    // A cell of the guest that is not bound is so whatever holds for the others: no cells limit nothing.
    memnodes: memnodes.map((each) => ({
      vcpus: each.vcpus,
      cells: isBinding(each) ? (each.cells ?? []) : [],
    })),
    live: { cpuset: live.cpuset, pins: live.pins, emulator: live.emulator },
    ...(live.isAuto || (isBinding(numatune) && numatune.cells === undefined) ? { isAuto: true } : {}),
    partition: live.partition,
    quota: live.quota,
    realtime: live.realtime,
    emulator: inactive?.emulator ?? [],
    guestThreads: live.guestThreads,
    deviceCells,
    granted,
    word: metadata.rule,
    unmanaged: metadata.leave === undefined ? undefined : true,
    leave: metadata.leave,
  };
}

/** A nodeset that is preferred or interleaved says where memory had better be, not where it has to be. */
function isBinding(numatune: Numatune | undefined): numatune is Numatune {
  return numatune?.mode === 'strict' || numatune?.mode === 'restrictive';
}
