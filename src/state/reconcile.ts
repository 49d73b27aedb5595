import type { Bounds } from '../model/bounds.ts';
import { type CpuSet, isSubset, sameCpus } from '../model/cpu-set.ts';
import type { Domain, Vcpu } from '../model/domain.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { SavedState, SavedVcpu } from './saved-state.ts';

/** What of the host tells whether a pin is still what it was. */
export type Seen = Pick<Snapshot, 'online'> & {
  readonly domains: readonly SeenDomain[];
  /** UUIDs of domains of which libvirt has said that they do not run; one that is missing is not among them */
  readonly over?: ReadonlySet<string> | undefined;
};

export type SeenDomain = Pick<Domain, 'uuid' | 'id' | 'vcpus'> & {
  readonly bounds?: Pick<Bounds, 'pins' | 'cpuset' | 'leave'> | undefined;
};

/**
 * Takes in what the host shows. Nothing is forgotten for being missing from an answer: what cannot be looked at now is
 * kept as it is. A start of a domain that libvirt says is over is kept, too, for a while: a domain that was saved, or
 * that was migrated away, comes back with its pins under another number. It is the old one where it shows the very
 * affinity that vcpusched had set and its configuration would not give it; else it has been started anew, and what
 * was kept of it is dropped.
 * @param nowMs wall clock
 */
export function reconcile(state: SavedState, seen: Seen, nowMs: number): SavedState {
  const overAtMs = notBefore(state, nowMs);
  const domains = new Map(seen.domains.map((domain) => [domain.uuid, domain]));
  const vcpus = state.vcpus.flatMap((saved) => {
    const domain = domains.get(saved.domain.uuid);
    if (domain !== undefined) return reconcileOne(saved, domain, seen.online, overAtMs) ?? [];
    const isOver = seen.over?.has(saved.domain.uuid) === true;
    return isOver ? { ...saved, goneAtMs: saved.goneAtMs ?? overAtMs } : saved;
  });
  return { ...state, vcpus: withoutOldest(vcpus, nowMs) };
}

/**
 * When a start is over that is found to be over now: not before the last move that was noted. A host whose clock is not
 * set yet as it boots would else make it so old that it is forgotten once the clock is right.
 */
export function notBefore({ moves }: Pick<SavedState, 'moves'>, nowMs: number): number {
  return moves.reduce((latestMs, { atMs }) => Math.max(latestMs, atMs), nowMs);
}

function reconcileOne(
  saved: SavedVcpu,
  domain: SeenDomain,
  online: CpuSet,
  overAtMs: number,
): SavedVcpu | undefined {
  if (domain.id === undefined) return saved;
  const vcpu = domain.vcpus.find(({ number }) => number === saved.vcpu);
  const isSameStart = saved.goneAtMs === undefined && domain.id === saved.id && !isStartedAnew(saved, vcpu);
  if (!isSameStart) return returned({ ...saved, goneAtMs: saved.goneAtMs ?? overAtMs }, domain, vcpu);
  if (vcpu === undefined) return saved;
  const now = { ...saved, cpuTimeNs: vcpu.counters?.cpuTimeNs ?? saved.cpuTimeNs };
  return vcpu.placement === undefined
    ? now
    : { ...now, ...ownership(saved, vcpu.placement.affinity, online) };
}

/** After a restart of libvirtd the same number can come again. */
function isStartedAnew({ cpuTimeNs }: SavedVcpu, vcpu: Vcpu | undefined): boolean {
  const now = vcpu?.counters?.cpuTimeNs;
  return cpuTimeNs !== undefined && now !== undefined && now < cpuTimeNs;
}

/** Another start: the same affinity as vcpusched had set has come with it out of a saved or migrated state. */
function returned(saved: SavedVcpu, domain: SeenDomain, vcpu: Vcpu | undefined): SavedVcpu | undefined {
  const { id, bounds } = domain;
  const affinity = vcpu?.placement?.affinity;
  if (id === undefined) return saved;
  // One that was plugged in is gone with its start: where others are shown, it would be shown, too.
  if (vcpu === undefined && domain.vcpus.some(({ placement }) => placement !== undefined)) return undefined;
  if (affinity === undefined) return saved;
  const isOurs = saved.set.some((own) => sameCpus(own, affinity)) && !sameCpus(affinity, saved.original);
  if (saved.foreign || !isOurs) return undefined;
  // Its configuration is not known yet.
  if (bounds === undefined || bounds.leave !== undefined) return saved;
  const configured = bounds.pins.find((pin) => pin.vcpu === saved.vcpu)?.cpus ?? bounds.cpuset;
  if (configured !== undefined && sameCpus(configured, affinity)) return undefined;
  const { goneAtMs: _, ...rest } = saved;
  return { ...rest, id, set: [affinity], cpuTimeNs: vcpu?.counters?.cpuTimeNs };
}

/**
 * An affinity that vcpusched has not set is somebody else's pin, but for one case: where a pCPU went offline, the
 * kernel takes it out of the affinity, or lets the vCPU run anywhere where none is left, and what it does when the
 * pCPU is back differs by kernel and cgroup version. From then on nothing is known to be anybody's.
 */
function ownership(
  { set, foreign }: SavedVcpu,
  affinity: CpuSet,
  online: CpuSet,
): Pick<SavedVcpu, 'set' | 'foreign'> {
  if (foreign || set.length === 0) return { set, foreign };
  if (!set.every((own) => isSubset(own, online))) return { set: [], foreign };
  return { set, foreign: !set.some((own) => sameCpus(own, affinity)) };
}

/**
 * How long the affinities of a domain that is gone are kept, and of how many vCPUs: a saved domain that comes back
 * later keeps its pin, and the file does not grow with each domain that there ever was.
 */
export const goneMs = 90 * 24 * 3600_000;
export const mostGone = 10_000;

function withoutOldest(vcpus: readonly SavedVcpu[], nowMs: number): readonly SavedVcpu[] {
  const times = vcpus.flatMap(({ goneAtMs }) => goneAtMs ?? []).sort((a, b) => b - a);
  const oldest = Math.max(nowMs - goneMs, times[mostGone] ?? 0);
  return vcpus.filter(({ goneAtMs }) => goneAtMs === undefined || goneAtMs > oldest);
}

/** Those of which a look has brought something to be remembered. */
export function changedPins(before: SavedState, after: SavedState): readonly SavedVcpu[] {
  const known = new Map(before.vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu]));
  return after.vcpus.filter((vcpu) => {
    const old = known.get(vcpuKey(vcpu));
    return (
      old?.foreign !== vcpu.foreign ||
      old.set.length !== vcpu.set.length ||
      old.id !== vcpu.id ||
      old.goneAtMs !== vcpu.goneAtMs
    );
  });
}

/** Why a vCPU that somebody else has pinned is left alone. */
export const foreignReason =
  'somebody else has pinned it since vcpusched did: left so until it is started anew (--foreign adopt takes it over)';
