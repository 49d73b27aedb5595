import { type CpuSet, cpuSet, intersect, isSubset } from '../model/cpu-set.ts';
import type { Domain } from '../model/domain.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** Whose pCPUs may be kept for them: a paused domain goes on where it was. */
type Owners = Pick<Snapshot, 'domains' | 'paused' | 'online'>;

/** pCPUs that are not for everybody, each with what they are there for, for people. */
export type Reserved = ReadonlyMap<number, string>;

/**
 * The pCPUs that configurations give to somebody alone: to the vCPUs of a domain one to one, or to its emulator and I/O
 * threads. One that the configuration of another domain names too is not dedicated. Where all would be, none is: then
 * pins one to one are how this host is run, and mean no such thing.
 */
export function dedicatedPcpus({ domains: running, paused = [], online }: Owners): Reserved {
  const domains = [...running, ...paused];
  const named = namedBy(domains, online);
  const found = new Map<number, string>();
  const give = (cpus: CpuSet, { uuid, name }: Domain, what: string) => {
    for (const cpu of cpus)
      if ([...(named.get(cpu) ?? [])].every((other) => other === uuid)) found.set(cpu, `${what} ${name}`);
  };
  for (const domain of domains) {
    give(oneToOne(domain), domain, 'dedicated to');
    for (const cpus of threadsAlone(domain)) give(cpus, domain, 'for the emulator threads of');
  }
  return online.every((cpu) => found.has(cpu)) ? new Map() : found;
}

/** By pCPU, the domains whose configuration names it for vCPUs, in a list narrower than the host. */
function namedBy(domains: readonly Domain[], online: CpuSet): ReadonlyMap<number, ReadonlySet<string>> {
  const named = new Map<number, Set<string>>();
  for (const { uuid, bounds } of domains) {
    const lists = new Set([
      ...bounds.pins.map(({ cpus }) => cpus),
      ...(bounds.cpuset ? [bounds.cpuset] : []),
    ]);
    for (const list of lists) {
      if (isSubset(online, list)) continue;
      for (const cpu of list) named.set(cpu, (named.get(cpu) ?? new Set()).add(uuid));
    }
  }
  return named;
}

/**
 * The pCPUs of a domain whose configuration pins each vCPU to one of its own. A few that were plugged in since and are
 * pinned nowhere end nothing.
 */
function oneToOne({ vcpus, bounds }: Domain): CpuSet {
  const pinOf = new Map(bounds.pins.map(({ vcpu, cpus }) => [vcpu, cpus]));
  const pins = vcpus.flatMap(({ number }) => {
    const cpus = pinOf.get(number) ?? bounds.cpuset;
    return cpus === undefined ? [] : [cpus];
  });
  if (2 * pins.length <= vcpus.length || pins.some(({ length }) => length !== 1)) return [];
  const cpus = cpuSet(pins.flat());
  return cpus.length === pins.length ? cpus : [];
}

/** More pCPUs than these are a pool that the threads of several domains share with vCPUs, and nobody's own. */
const mostForThreads = 2;

/** The pCPUs that a configuration gives to emulator or I/O threads, where no vCPU of that domain may run. */
function threadsAlone({ vcpus, bounds }: Domain): readonly CpuSet[] {
  const few = bounds.emulator.filter((cpus) => cpus.length > 0 && cpus.length <= mostForThreads);
  if (few.length === 0) return [];
  const ofVcpus = [
    ...vcpus.map(({ placement }) => placement?.affinity ?? []),
    ...bounds.pins.map(({ cpus }) => cpus),
  ];
  return few.filter((cpus) => ofVcpus.every((set) => intersect(cpus, set).length === 0));
}

/**
 * The pCPUs of vCPUs that are of a real-time class: whatever else is there runs only while they do not. One that may run
 * on several has that one alone where it ran last: it leaves it only for another of such a class.
 */
export function realtimePcpus({ domains, paused = [] }: Owners): Reserved {
  const found = new Map<number, string>();
  for (const { name, bounds, vcpus } of [...domains, ...paused]) {
    if (bounds.realtime.length === 0) continue;
    for (const { number, placement } of vcpus) {
      if (placement === undefined || !bounds.realtime.some((each) => each.vcpus.includes(number))) continue;
      const { affinity, lastPcpu } = placement;
      const [only = lastPcpu, ...others] = affinity;
      found.set(others.length === 0 ? only : lastPcpu, `of a real-time vCPU of ${name}`);
    }
  }
  return found;
}
