import { type CpuSet, cpuSet, formatCpuSet, intersect, isSubset } from '../model/cpu-set.ts';
import type { Domain } from '../model/domain.ts';
import type { DomainRule } from '../model/domain-rule.ts';
import { type Limit, limitsText } from '../model/limit.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** Where one vCPU may be pinned. */
export type Allowed = {
  /** the pCPUs that the host lets its domain have */
  readonly offered: CpuSet;
  /** those of them that it may be pinned to */
  readonly pcpus: CpuSet;
  /** what restricts them, besides --cpus, and who says so */
  readonly limits: readonly Limit[];
  /** why it must not be moved at all; undefined where it may be */
  readonly fixed: string | undefined;
};

/**
 * Says for each vCPU of a host where it may be pinned: on a pCPU that is online, in --cpus, granted by its cgroup,
 * and within every limit that its configuration, its metadata and its rule set. An isolated pCPU is for those
 * alone whom an administrator has put there: by name in --cpus, or by a pin narrower than the whole host.
 */
export function allowedOn({ online, isolated = [], topology }: Snapshot, cpus: CpuSet | undefined) {
  const inUse = cpus === undefined ? online : intersect(online, cpus);
  const apart = new Set(isolated.filter((cpu) => cpus === undefined || !cpus.includes(cpu)));
  const common = apart.size === 0 ? inUse : inUse.filter((cpu) => !apart.has(cpu));

  function offeredTo(pins: readonly Limit[], granted: CpuSet | undefined): CpuSet {
    const own = pins.filter(({ set }) => apart.size > 0 && !isSubset(online, set)).flatMap(({ set }) => set);
    const named = new Set(own.filter((cpu) => apart.has(cpu)));
    const open = named.size === 0 ? common : inUse.filter((cpu) => !apart.has(cpu) || named.has(cpu));
    return granted === undefined || isSubset(open, granted) ? open : intersect(open, granted);
  }

  function of({ bounds }: Domain, vcpu: number, affinity: CpuSet, rule: DomainRule): Allowed {
    const { cpuset, pins: configured, memoryCells, granted, word } = bounds;
    const pin = configured.find((each) => each.vcpu === vcpu);
    const pins = [
      ...limit(pin?.cpus, 'its <vcpupin>'),
      ...limit(pin === undefined ? cpuset : undefined, 'its <vcpu cpuset>'),
      ...[word.cpus, rule.cpus].flatMap((each) => each ?? []),
    ];
    const near = memoryCells && topology.filter(({ cellId }) => memoryCells.includes(cellId));
    const memory = near && cpuSet(near.map(({ id }) => id));
    const offered = offeredTo(pins, granted);
    const limits = [...pins, ...limit(memory, 'its <numatune>'), ...limit(granted, 'its cgroup')].filter(
      ({ set }) => !isSubset(inUse, set),
    );
    const pcpus = limits.reduce((left, { set }) => intersect(left, set), offered);
    return { offered, pcpus, limits, fixed: fixedBy(pcpus, affinity, limitsText(limits)) };
  }

  function fixedBy(pcpus: CpuSet, affinity: CpuSet, limits: string | undefined): string | undefined {
    const isApart = apart.size > 0 && affinity.every((cpu) => apart.has(cpu));
    if (isApart && !isSubset(affinity, pcpus))
      return `it is pinned to isolated pCPUs, ${formatCpuSet(affinity)}`;
    if (pcpus.length > 0 || limits === undefined) return undefined;
    const but = apart.size > 0 ? `, and not ${formatCpuSet(cpuSet(apart))} (isolated)` : '';
    return `no pCPU in use is among those that it may have: ${limits}${but}`;
  }
  return { of, common };
}

function limit(set: CpuSet | undefined, by: string): readonly Limit[] {
  return set === undefined ? [] : [{ set, by }];
}
