import type { Domain, Vcpu } from '../model/domain.ts';
import type { HostLoad } from '../model/host-load.ts';
import type { Snapshot } from '../model/snapshot.ts';

/**
 * What the emulator and I/O threads of domains ran between two snapshots, the largest first: the time of a domain
 * less that of its vCPUs. It says who, not on which pCPU. The kernel's own threads for a domain (vhost) are in it where
 * they are in its cgroup.
 */
export function overheadsBetween(before: Snapshot, after: Snapshot): HostLoad['overheads'] {
  return ranBesides(before, after)
    .filter(({ isWorthAWord }) => isWorthAWord)
    .map(({ domain: { uuid, name }, pct }) => ({ domain: { uuid, name }, overheadPct: pct }))
    .sort((a, b) => b.overheadPct - a.overheadPct || (a.domain.uuid < b.domain.uuid ? -1 : 1));
}

/**
 * What the emulator and I/O threads of all those domains ran that have little to do and may run on any pCPU, in per cent
 * of a pCPU, all together. The kernel has them run where there is room, so they are on a pCPU because others are fuller.
 * Threads with much to do stay where they are.
 */
export function floatingPctBetween(before: Snapshot, after: Snapshot): number {
  const isFree = ({ bounds: { live } }: Domain) => live.emulator.length === 0 && live.cpuset === undefined;
  const little = ranBesides(before, after).filter(
    ({ domain, isWorthAWord }) => !isWorthAWord && isFree(domain),
  );
  return Math.max(
    0,
    little.reduce((sum, { pct }) => sum + pct, 0),
  );
}

/** What was told of two snapshots, by the second, then the first: it is asked twice a cycle. It keeps neither of them. */
const told = new WeakMap<Snapshot, WeakMap<Snapshot, ReturnType<typeof tellRanBesides>>>();

/** Each domain of which it is known, with what its emulator and I/O threads ran, and whether that is much. */
function ranBesides(before: Snapshot, after: Snapshot) {
  const bySince = told.get(after) ?? new WeakMap<Snapshot, ReturnType<typeof tellRanBesides>>();
  told.set(after, bySince);
  const ran = bySince.get(before) ?? tellRanBesides(before, after);
  bySince.set(before, ran);
  return ran;
}

function tellRanBesides(before: Snapshot, after: Snapshot) {
  const windowMs = after.takenAtMs - before.takenAtMs;
  const earlier = new Map(before.domains.map((domain) => [domain.uuid, domain]));
  return after.domains.flatMap((domain) => {
    const then = sameStart(earlier.get(domain.uuid), domain);
    const pct = then && overheadPct(then, domain, windowMs);
    return pct === undefined ? [] : [{ domain, pct, isWorthAWord: pct >= leastWorthAWord(domain, windowMs) }];
  });
}

function leastWorthAWord({ vcpus }: Domain, windowMs: number): number {
  const noisePct = (100 * stepMs * vcpus.length) / windowMs;
  return Math.max(leastPct, noisePct);
}

/** The time of each vCPU is cut to steps of 10 ms, that of the domain is not. */
export const stepMs = 10;
/** Per cent of a pCPU: less is not worth a word. */
const leastPct = 5;

/**
 * What the emulator and I/O threads of a domain ran, in per cent of a pCPU; with noise, so that it can be a little
 * below 0. Undefined where one of its times is not known.
 * @param before the same start of the domain
 */
export function overheadPct(before: Domain, now: Domain, windowMs: number): number | undefined {
  if (before.cpuTimeNs === undefined || now.cpuTimeNs === undefined) return undefined;
  if (before.vcpus.length !== now.vcpus.length) return undefined;
  let ranNs = now.cpuTimeNs - before.cpuTimeNs;
  for (const [i, { number, counters }] of now.vcpus.entries()) {
    const since = vcpuThen(before, number, i)?.counters?.cpuTimeNs;
    if (since === undefined || counters === undefined || counters.cpuTimeNs < since) return undefined;
    ranNs -= counters.cpuTimeNs - since;
  }
  return Number(ranNs) / 1e4 / windowMs;
}

/** The domain as it was, unless it has been started anew since. */
export function sameStart(domain: Domain | undefined, now: Domain): Domain | undefined {
  return domain?.id === undefined || now.id === undefined || domain.id === now.id ? domain : undefined;
}

/**
 * The vCPU of this number as it was.
 * @param position in the list of now; mostly it is the same in that of then
 */
export function vcpuThen(then: Domain | undefined, number: number, position: number): Vcpu | undefined {
  const there = then?.vcpus[position];
  return there?.number === number ? there : then?.vcpus.find((vcpu) => vcpu.number === number);
}
