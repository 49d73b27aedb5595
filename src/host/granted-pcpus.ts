import { type CpuSet, cpuSet, intersect, isSubset, sameCpus } from '../model/cpu-set.ts';
import type { Domain } from '../model/domain.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** The affinities of a vCPU, by its key, that vcpusched itself has set. */
export type OwnAffinities = (vcpuKey: string) => readonly CpuSet[];

/**
 * By partition ('' where there is none), the pCPUs that the host grants its vCPUs, as the affinities of those show that
 * nobody has pinned, or had before vcpusched did: all that are online, less isolated ones, less what a slice or a
 * container withholds. A remote host tells it so too. A partition without such a vCPU is not in it.
 * @param origin the affinity that a vCPU had before vcpusched first pinned it, by its key
 * @source qemuProcessGetAllCpuAffinity in libvirt: without isolated pCPUs since 10.4, before what the kernel has
 */
export function grantedByPartition(
  { domains, online }: Pick<Snapshot, 'domains' | 'online'>,
  own: OwnAffinities,
  origin: (vcpuKey: string) => CpuSet | undefined = () => undefined,
): ReadonlyMap<string, CpuSet> {
  const found = new Map<string, CpuSet>();
  for (const domain of domains) {
    const partition = domain.bounds.partition ?? '';
    for (const { number, placement } of domain.vcpus) {
      const shown = placement?.affinity ?? [];
      const set = found.get(partition) ?? [];
      if (shown === set) continue;
      const key = vcpuKey({ domain, vcpu: number });
      const isOurs = own(key).some((each) => sameCpus(each, shown));
      const affinity = isOurs ? (origin(key) ?? []) : shown;
      if (affinity.length < 2 || set === affinity || isPinned(domain, number, isOurs)) continue;
      if (set.length === 0) found.set(partition, affinity);
      else if (!isSubset(affinity, set)) found.set(partition, cpuSet([...set, ...affinity]));
    }
  }
  return new Map([...found].map(([partition, set]) => [partition, intersect(set, online)]));
}

/**
 * Whether somebody has said where a vCPU may run, or may have: its configuration is not known. An affinity to a single
 * pCPU is a pin too, whoever has set it, and no witness: who calls this has left that out.
 */
function isPinned({ bounds }: Domain, vcpu: number, isOurs: boolean): boolean {
  const { live, pins, cpuset, isAuto, leave, unmanaged } = bounds;
  if (leave !== undefined && unmanaged !== true) return true;
  const isOf = (pin: { readonly vcpu: number }) => pin.vcpu === vcpu;
  const isPinnedLive = live.pins.some(isOf) && !isOurs;
  return isAuto === true || (live.cpuset ?? cpuset) !== undefined || isPinnedLive || pins.some(isOf);
}
