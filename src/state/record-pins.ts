import { type CpuSet, isSubset, sameCpus } from '../model/cpu-set.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { Pin, PinResult } from '../model/pin.ts';
import type { Seen } from './reconcile.ts';
import type { SavedState, SavedVcpu } from './saved-state.ts';

/**
 * What is to be kept before pins are set: the affinity to go back to, for good, and until it is known what became of
 * a pin both the one before and the one to come, either of which is ours then.
 * @param state reconciled with what is seen
 */
export function recordIntent(state: SavedState, pins: readonly Pin[], seen: Seen): SavedState {
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
  // A copy: a part of a text that virsh has printed keeps all of it in memory, and this stays for months.
  return { domain: structuredClone(domain), vcpu, id, cpuTimeNs, original: from, set: [], foreign: false };
}

/**
 * What is to be kept after pins: those that took are what they are now, and what others show in their place, such
 * as the part that the cgroup has let through, is nobody else's doing.
 */
export function recordResult(state: SavedState, results: readonly PinResult[]): SavedState {
  const byKey = new Map(results.map((result) => [vcpuKey(result.move), result]));
  const vcpus = state.vcpus.map((vcpu) => {
    const { move, error, shown } = byKey.get(vcpuKey(vcpu)) ?? {};
    if (move === undefined) return vcpu;
    if (error === undefined) return { ...vcpu, set: [move.to] };
    if (shown === undefined || vcpu.set.some((own) => sameCpus(own, shown))) return vcpu;
    return { ...vcpu, set: [...vcpu.set, shown] };
  });
  return { ...state, vcpus };
}

/** A pin that met something else than what it was planned for. */
export type Mistake = {
  readonly result: PinResult;
  /**
   * - `restarted`: the domain is another start than the one that was looked at
   * - `foreign`: somebody else had pinned it meanwhile
   */
  readonly kind: 'restarted' | 'foreign';
  /** the affinity to go back to, as it was right before the pin */
  readonly back: CpuSet;
  /** takes the pin back; undefined where it did not take */
  readonly undo: Pin | undefined;
};

/**
 * Holds what was found right before each pin against what is saved. Commands of one virsh process cannot depend on
 * one another, so a domain that was restarted, or a vCPU that was pinned by hand, after the look and before the pin
 * is pinned all the same; it is found out here and taken back, by what the same process read just before.
 * @param state as `recordIntent` has left it
 * @param online the pCPUs that are online now: where one goes offline, the kernel changes affinities, and nobody else
 */
export function findMistakes(
  state: SavedState,
  results: readonly PinResult[],
  online?: CpuSet,
): readonly Mistake[] {
  const known = new Map(state.vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu]));
  return results.flatMap((result): readonly Mistake[] => {
    const { move, found, shown } = result;
    const saved = known.get(vcpuKey(move));
    if (saved === undefined || found?.id === undefined) return [];
    const isOther = found.id !== saved.id;
    const isNext = found.idAfter !== undefined && found.idAfter !== found.id;
    const affinity = found.affinity;
    const isForeign =
      affinity !== undefined &&
      !saved.set.some((own) => sameCpus(own, affinity)) &&
      (online === undefined || saved.set.every((own) => isSubset(own, online)));
    if (!isOther && !isNext && !isForeign) return [];
    // What a start had that came between two commands is not known; the one before it had this.
    const back = isNext ? saved.original : (affinity ?? saved.original);
    const took = shown !== undefined && sameCpus(shown, move.to) && !sameCpus(back, move.to);
    const undo = took ? { domain: move.domain, vcpu: move.vcpu, from: move.to, to: back } : undefined;
    return [{ result, kind: isOther || isNext ? 'restarted' : 'foreign', back, undo }];
  });
}

/** What is to be kept of them until they are taken back: the start that was really met, and what it had. */
export function recordMistakes(state: SavedState, mistakes: readonly Mistake[]): SavedState {
  const byKey = new Map(mistakes.map((mistake) => [vcpuKey(mistake.result.move), mistake]));
  const vcpus = state.vcpus.map((vcpu): SavedVcpu => {
    const mistake = byKey.get(vcpuKey(vcpu));
    if (mistake === undefined) return vcpu;
    const { kind, back, result } = mistake;
    const set = [back, result.move.to];
    if (kind === 'foreign') return { ...vcpu, set };
    const { cpuTimeNs: _, goneAtMs: __, ...rest } = vcpu;
    return { ...rest, id: result.found?.idAfter ?? result.found?.id ?? vcpu.id, original: back, set };
  });
  return { ...state, vcpus };
}

/** What is to be kept when they have been taken back: nothing of a new start, and of the others whose pin it is. */
export function recordUndone(
  state: SavedState,
  mistakes: readonly Mistake[],
  undone: readonly PinResult[],
): SavedState {
  const took = new Set(undone.flatMap(({ move, error }) => (error === undefined ? [vcpuKey(move)] : [])));
  const byKey = new Map(mistakes.map((mistake) => [vcpuKey(mistake.result.move), mistake]));
  const vcpus = state.vcpus.flatMap((vcpu): readonly SavedVcpu[] => {
    const mistake = byKey.get(vcpuKey(vcpu));
    if (mistake === undefined) return [vcpu];
    const isBack = mistake.undo === undefined ? mistake.result.shown !== undefined : took.has(vcpuKey(vcpu));
    if (!isBack) return [vcpu];
    return mistake.kind === 'restarted' ? [] : [{ ...vcpu, foreign: true }];
  });
  return { ...state, vcpus };
}
