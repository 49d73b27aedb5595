import type { CpuSet } from './cpu-set.ts';
import type { DomainRule } from './domain-rule.ts';

/** What a domain's configuration, its cgroup and its own metadata say of where its vCPUs may run. */
export type Bounds = {
  /**
   * `<vcpu cpuset>`, which counts for the vCPUs that have no pin of their own: of the persistent configuration,
   * or of the live XML of a transient domain
   */
  readonly cpuset: CpuSet | undefined;
  /**
   * `<vcpupin>` of the persistent configuration. A transient domain has none: its XML cannot tell an
   * administrator's pin from one that was only set live.
   */
  readonly pins: readonly { readonly vcpu: number; readonly cpus: CpuSet }[];
  /** the NUMA cells that all its memory has to come from: a `<numatune>` that is strict or restrictive */
  readonly memoryCells: CpuSet | undefined;
  /** the pCPUs that the cgroup above it has; undefined where that is not known */
  readonly granted: CpuSet | undefined;
  /** what it says of itself, in its metadata */
  readonly word: DomainRule;
  /** why none of its vCPUs may be moved; undefined where they may */
  readonly leave: string | undefined;
};

/** Of a domain that says nothing. */
export const unbounded: Bounds = {
  cpuset: undefined,
  pins: [],
  memoryCells: undefined,
  granted: undefined,
  word: {},
  leave: undefined,
};
