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
 * where the memory is, which cgroup it is in, and its own word are what they are now.
 * @param granted the pCPUs of its cgroup
 */
export function boundsOf({ live, inactive }: Configuration, granted: CpuSet | undefined): Bounds {
  const { numatune, metadata } = live;
  return {
    ...unbounded,
    cpuset: (inactive ?? live).cpuset,
    pins: inactive?.pins ?? [],
    memoryCells: isBinding(numatune) ? numatune.cells : undefined,
    granted,
    word: metadata.rule,
    unmanaged: metadata.leave === undefined ? undefined : true,
    leave: metadata.leave ?? (isBinding(numatune) && numatune.cells === undefined ? byNumad : undefined),
  };
}

/** A nodeset that is preferred or interleaved says where memory had better be, not where it has to be. */
function isBinding(numatune: Numatune | undefined): numatune is Numatune {
  return numatune?.mode === 'strict' || numatune?.mode === 'restrictive';
}

const byNumad =
  "numad has chosen the NUMA cells of its memory (placement='auto'), and its XML does not tell them";
