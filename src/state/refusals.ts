import { type CpuSet, cpuSet, intersect, isSubset, sameCpus, without } from '../model/cpu-set.ts';
import type { PinResult } from '../model/pin.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { SavedRefusal } from './saved-state.ts';

/** What tells whether a refusal still holds. */
type Host = Pick<Snapshot, 'online' | 'domains'>;

/**
 * Learns from pins which pCPUs libvirt refuses to the domains of a partition: where a cgroup that libvirt does not
 * show (a container, a slice) or the kernel does not grant them. What is learned holds until the online pCPUs, or
 * those that the cgroup has, are others.
 */
export function learnRefused(
  known: readonly SavedRefusal[],
  results: readonly PinResult[],
  host: Host,
): readonly SavedRefusal[] {
  const still = holding(known, host);
  const had = witnessed(results, host);
  const learned = new Map<string, Set<number>>();
  for (const result of results) {
    const partition = partitionOf(result.move.domain.uuid, host);
    const refused = without(refusedBy(result), had.get(partition) ?? []);
    if (refused.length > 0) learned.set(partition, new Set([...(learned.get(partition) ?? []), ...refused]));
  }
  if (learned.size === 0) return still;
  const others = still.filter(({ partition }) => !learned.has(partition));
  const more = [...learned].map(([partition, pcpus]): SavedRefusal => {
    const before = still.find((each) => each.partition === partition)?.pcpus ?? [];
    const granted = grantedTo(partition, host);
    const all = { partition, pcpus: cpuSet([...before, ...pcpus]), online: host.online };
    return granted === undefined ? all : { ...all, granted };
  });
  return [...others, ...more];
}

/** Those that still hold on a host. */
export function holding(known: readonly SavedRefusal[], host: Host): readonly SavedRefusal[] {
  return known.filter(({ partition, online, granted }) => {
    const now = grantedTo(partition, host);
    return (
      sameCpus(online, host.online) && (granted === undefined || now === undefined || sameCpus(granted, now))
    );
  });
}

/** The pCPUs that are out, by partition, as `Scope.refused` has them. */
export function refusedPcpus(known: readonly SavedRefusal[]): ReadonlyMap<string, CpuSet> {
  return new Map(known.map(({ partition, pcpus }) => [partition, pcpus]));
}

/** A pin that is refused changes nothing; one to several pCPUs may be cut to those that are granted. */
function refusedBy({ move, error, shown }: PinResult): CpuSet {
  if (error === undefined || shown === undefined) return [];
  if (shown.length < move.to.length && isSubset(shown, move.to)) return without(move.to, shown);
  return isRefusal(error) ? without(move.to, shown) : [];
}

/**
 * Whether libvirt says that these pCPUs are not to be had, and not that the domain is busy or the user may not pin.
 * `Invalid argument` and `Permission denied` are the kernel's, at the end; libvirt's own begin with the words.
 * @source virProcessSetAffinity and virCgroupSetCpusetCpus in libvirt
 */
export function isRefusal(error: string): boolean {
  if (
    /^invalid argument: |state change lock|read only access|access denied|polkit|not authorized/.test(error)
  )
    return false;
  return /(Invalid argument|Permission denied|Operation not permitted)$|cpuset|CPU affinity on process/.test(
    error,
  );
}

/** The pCPUs that vCPUs of each partition are seen on, and those that pins have just reached. */
function witnessed(results: readonly PinResult[], host: Host): ReadonlyMap<string, CpuSet> {
  const found = new Map<string, Set<number>>();
  const add = (uuid: string, cpus: CpuSet) => {
    const partition = partitionOf(uuid, host);
    found.set(partition, new Set([...(found.get(partition) ?? []), ...cpus]));
  };
  for (const { uuid, vcpus } of host.domains)
    for (const { placement } of vcpus) if (placement?.affinity.length === 1) add(uuid, placement.affinity);
  for (const { move, error, shown } of results) if (error === undefined) add(move.domain.uuid, shown ?? []);
  return new Map([...found].map(([partition, cpus]) => [partition, intersect(cpuSet(cpus), host.online)]));
}

function partitionOf(uuid: string, { domains }: Host): string {
  return domains.find((domain) => domain.uuid === uuid)?.bounds.partition ?? '';
}

function grantedTo(partition: string, { domains }: Host): CpuSet | undefined {
  return domains.find(({ bounds }) => (bounds.partition ?? '') === partition && bounds.granted !== undefined)
    ?.bounds.granted;
}
