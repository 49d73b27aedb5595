import { type CpuSet, isSubset, sameCpus } from '../model/cpu-set.ts';
import type { Domain, Vcpu } from '../model/domain.ts';
import { vcpuKey } from '../model/load.ts';
import type { Pin } from '../model/pin.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { SavedState, SavedVcpu } from './saved-state.ts';

/** What of the host tells whether a pin is still what it was. */
export type Seen = Pick<Snapshot, 'online' | 'leftAlone'> & {
  readonly domains: readonly Pick<Domain, 'uuid' | 'id' | 'vcpus'>[];
};

/**
 * Takes in what the host shows: forgets vCPUs that have ended or were started anew, and notices pins by somebody
 * else. What cannot be looked at now (a paused domain, one that libvirt is busy with) is kept as it is.
 */
export function lookAt(state: SavedState, seen: Seen): SavedState {
  return { ...state, vcpus: state.vcpus.flatMap((vcpu) => lookAtOne(vcpu, seen) ?? []) };
}

function lookAtOne(saved: SavedVcpu, { domains, leftAlone, online }: Seen): SavedVcpu | undefined {
  const domain = domains.find(({ uuid }) => uuid === saved.domain.uuid);
  if (domain === undefined) {
    return leftAlone.some(({ domain: { uuid } }) => uuid === saved.domain.uuid) ? saved : undefined;
  }
  if (domain.id === undefined) return saved;
  if (domain.id !== saved.id) return undefined;
  const vcpu = domain.vcpus.find(({ number }) => number === saved.vcpu);
  // Where libvirt tells the place of one vCPU it tells that of all that are plugged in.
  if (vcpu === undefined) return domain.vcpus.some(({ placement }) => placement) ? undefined : saved;
  if (isStartedAnew(saved, vcpu)) return undefined;
  const now = { ...saved, cpuTimeNs: vcpu.counters?.cpuTimeNs ?? saved.cpuTimeNs };
  return vcpu.placement === undefined
    ? now
    : { ...now, ...ownership(saved, vcpu.placement.affinity, online) };
}

/** After a restart of libvirtd the same number can come again. */
function isStartedAnew({ cpuTimeNs }: SavedVcpu, { counters }: Vcpu): boolean {
  return cpuTimeNs !== undefined && counters !== undefined && counters.cpuTimeNs < cpuTimeNs;
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
 * What is to be kept before pins are set: the affinity to go back to, for good, and until it is known what became of
 * a pin both the one before and the one to come, either of which is ours then.
 */
export function pinsAhead(state: SavedState, pins: readonly Pin[], seen: Seen): SavedState {
  const known = new Map(state.vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu]));
  for (const pin of pins) {
    const saved = known.get(vcpuKey(pin)) ?? firstSeen(pin, seen);
    known.set(vcpuKey(pin), { ...saved, set: [pin.from, pin.to], foreign: false });
  }
  return { ...state, vcpus: [...known.values()] };
}

function firstSeen({ domain, vcpu, from }: Pin, { domains }: Seen): SavedVcpu {
  const { id, vcpus } = domains.find(({ uuid }) => uuid === domain.uuid) ?? { vcpus: [] };
  if (id === undefined)
    throw new Error(`the start of domain ${domain.uuid} is not known, and it was to be pinned`);
  const cpuTimeNs = vcpus.find(({ number }) => number === vcpu)?.counters?.cpuTimeNs;
  return { domain, vcpu, id, cpuTimeNs, original: from, set: [], foreign: false };
}

/** What became of a pin. */
export type PinResult = {
  readonly move: Pin;
  readonly error: string | undefined;
  readonly shown: CpuSet | undefined;
};

/**
 * What is to be kept after pins: those that took are what they are now, and what others show in their place, such
 * as the part that the cgroup has let through, is nobody else's doing.
 */
export function pinsSet(state: SavedState, results: readonly PinResult[]): SavedState {
  const byKey = new Map(results.map((result) => [vcpuKey(result.move), result]));
  const vcpus = state.vcpus.map((vcpu) => {
    const { move, error, shown } = byKey.get(vcpuKey(vcpu)) ?? {};
    if (move === undefined) return vcpu;
    if (error === undefined) return { ...vcpu, set: [move.to] };
    return shown === undefined ? vcpu : { ...vcpu, set: [...vcpu.set, shown] };
  });
  return { ...state, vcpus };
}

/** Those of which a look has brought something to be remembered. */
export function news(before: SavedState, after: SavedState): readonly SavedVcpu[] {
  const known = new Map(before.vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu]));
  return after.vcpus.filter((vcpu) => {
    const old = known.get(vcpuKey(vcpu));
    return old?.foreign !== vcpu.foreign || old.set.length !== vcpu.set.length;
  });
}

/** Why a vCPU that somebody else has pinned is left alone. */
export const foreignReason =
  'somebody else has pinned it since vcpusched did: left so until it is started anew (--foreign adopt takes it over)';
