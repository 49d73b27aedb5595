import { type CpuSet, formatCpuSet, intersect, sameCpus, without } from '../model/cpu-set.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { Pin, PinResult } from '../model/pin.ts';
import type { LeftAlone } from '../model/plan.ts';
import { foreignReason, type Seen } from './reconcile.ts';
import type { SavedState, SavedVcpu } from './saved-state.ts';

/** What it takes to put vCPUs back. */
export type Restoring = {
  readonly pins: readonly Pin[];
  /** those that are back already, and can be forgotten */
  readonly back: readonly SavedVcpu[];
  /** those that are somebody else's by now */
  readonly foreign: readonly LeftAlone[];
  /** those that cannot be put back, or not on all of their pCPUs, and have to be kept */
  readonly stuck: readonly LeftAlone[];
};

/**
 * @param state reconciled with what is seen
 * @param isWanted whether a domain is among those that are to be put back
 * @param targetOf the affinity to go back to; one that is not the first is no reason to forget it
 */
export function planRestore(
  { vcpus }: SavedState,
  { domains, online }: Seen,
  isWanted: (vcpu: SavedVcpu) => boolean,
  foreignPins: 'respect' | 'adopt',
  targetOf: (vcpu: SavedVcpu) => CpuSet = ({ original }) => original,
): Restoring {
  const pins: Pin[] = [];
  const back: SavedVcpu[] = [];
  const foreign: LeftAlone[] = [];
  const stuck: LeftAlone[] = [];
  const seen = new Map(domains.map((domain) => [domain.uuid, domain]));
  for (const saved of vcpus.filter(isWanted)) {
    const { domain, vcpu, original } = saved;
    const target = targetOf(saved);
    const now = seen.get(domain.uuid);
    // Its start is over, and if it was saved it has not come back yet.
    if (now === undefined && saved.goneAtMs !== undefined) continue;
    const isKnown = now?.id === saved.id && saved.goneAtMs === undefined;
    const place = now?.vcpus.find(({ number }) => number === vcpu)?.placement;
    const from = isKnown ? place?.affinity : undefined;
    const to = intersect(target, online);
    const away = formatCpuSet(without(target, online));
    if (from === undefined) {
      const what = place === undefined || isKnown ? 'where it may run' : 'all that tells whose pin it has';
      stuck.push({ domain, vcpu, reason: `libvirt did not report ${what} (the domain may be busy)` });
    } else if (sameCpus(from, target)) {
      if (sameCpus(target, original)) back.push(saved);
    } else if (saved.foreign && foreignPins === 'respect') {
      foreign.push({ domain, vcpu, reason: foreignReason });
    } else {
      if (away !== '') {
        const reason = `pCPU ${away} of its ${formatCpuSet(target)} is offline: restore it again when that is back`;
        stuck.push({ domain, vcpu, reason });
      }
      if (to.length > 0 && !sameCpus(from, to)) pins.push({ domain, vcpu, from, to });
    }
  }
  return { pins, back, foreign, stuck };
}

/** Forgets those that were found to be what they were, and those that have been pinned so now. */
export function dropRestored(
  state: SavedState,
  back: readonly SavedVcpu[],
  results: readonly PinResult[],
): SavedState {
  const took = new Map(
    results.flatMap(({ move, error }) => (error === undefined ? [[vcpuKey(move), move.to] as const] : [])),
  );
  const isBack = new Set(back.map(vcpuKey));
  const isKept = (vcpu: SavedVcpu) => {
    const to = took.get(vcpuKey(vcpu));
    return !isBack.has(vcpuKey(vcpu)) && (to === undefined || !sameCpus(to, vcpu.original));
  };
  return { ...state, vcpus: state.vcpus.filter(isKept) };
}
