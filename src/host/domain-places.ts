import type { Vcpu } from '../model/domain.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Outcome } from '../virsh/batch.ts';
import type { VcpuInfo } from '../virsh/commands/vcpuinfo.ts';
import type { Start } from './configurations.ts';
import { inTurns, isDue, type Next } from './in-turns.ts';
import type { Placements } from './join-domains.ts';

/** A pin of somebody else is seen within this time. */
const pinnedEveryMs = 10_000;

/**
 * vCPUs that may run on several pCPUs wander. Their places are read at the same time, or two that take turns on two pCPUs
 * could both be seen on one.
 */
const floatingEveryMs = 5000;

/** Of more than some hundred they are read less often: each costs virsh and libvirtd a third of a millisecond or so. */
const floatingEachMs = 30;
const floatingMostMs = 30_000;

/** What is known of where the vCPUs of one domain are, and of which start it is. */
export type Place = {
  readonly placements: Placements;
  readonly id: number | undefined;
  /** when it was told; undefined where it has to be asked again in any case */
  readonly atMs: number | undefined;
};

/** Keeps where vCPUs are from one sample to the next, and tells which domains are to be asked again. */
export function domainPlaces() {
  const places = new Map<string, Place>();
  /** of each domain, what its vCPUs had run by the last sample */
  let ran = new Map<string, ReadonlyMap<number, bigint | undefined>>();

  /**
   * The domains to ask with the next sample: those of which nothing is known, those whose vCPUs float, all together, and
   * the others in turns.
   */
  function due(uuids: readonly string[], next: Next): ReadonlySet<string> {
    const askedMs = (uuid: string) => places.get(uuid)?.atMs;
    const floating = uuids.filter((uuid) => isFloating(places.get(uuid)));
    const others = uuids.filter((uuid) => !isFloating(places.get(uuid)));
    const everyMs = Math.min(floatingMostMs, Math.max(floatingEveryMs, floatingEachMs * floating.length));
    const oldestMs = Math.min(...floating.map((uuid) => askedMs(uuid) ?? Number.NEGATIVE_INFINITY));
    return new Set([
      ...(isDue(oldestMs, everyMs, next) ? floating : []),
      ...inTurns(others, askedMs, pinnedEveryMs, next),
    ]);
  }

  /** Takes what was told of a domain that was asked about. */
  function learn(uuid: string, placements: Placements, start: Outcome<Start>, atMs: number): void {
    const id = start.ok ? start.value.id : undefined;
    places.set(uuid, { placements, id, atMs: placements.ok && id !== undefined ? atMs : undefined });
  }

  /**
   * Forgets domains that have ended, and what was told before the start that is now: times that went back show that it
   * is another. One that has other vCPUs than it had is to be asked again.
   * @returns whether there is one of another start
   */
  function forgetStarts({ domains, paused = [], takenAtMs }: Seen): boolean {
    const present = new Set([...domains, ...paused].map(({ uuid }) => uuid));
    for (const uuid of places.keys()) if (!present.has(uuid)) places.delete(uuid);
    const before = ran;
    ran = new Map(domains.map(({ uuid, vcpus }) => [uuid, timesOf(vcpus)]));
    let isAny = false;
    for (const { uuid, vcpus } of domains) {
      const place = places.get(uuid);
      if (place === undefined || place.atMs === takenAtMs) continue;
      const earlier = before.get(uuid);
      if (vcpus.some(({ number, counters }) => isLess(counters?.cpuTimeNs, earlier?.get(number)))) {
        places.delete(uuid);
        isAny = true;
      } else if (vcpus.some(({ counters, placement }) => counters === undefined || placement === undefined))
        places.set(uuid, { ...place, atMs: undefined });
    }
    return isAny;
  }

  return { due, learn, forgetStarts, of: (uuid: string) => places.get(uuid) };
}

type Seen = Pick<Snapshot, 'domains' | 'paused' | 'takenAtMs'>;

function timesOf(vcpus: readonly Vcpu[]): ReadonlyMap<number, bigint | undefined> {
  return new Map(vcpus.map(({ number, counters }) => [number, counters?.cpuTimeNs]));
}

function isLess(now: bigint | undefined, before: bigint | undefined): boolean {
  return now !== undefined && before !== undefined && now < before;
}

function isFloating(place: Place | undefined): boolean {
  if (place?.placements.ok !== true) return false;
  return [...place.placements.value.values()].some(({ affinity }: VcpuInfo) => (affinity?.length ?? 0) > 1);
}
