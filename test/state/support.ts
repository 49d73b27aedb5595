import type { CpuSet } from '../../src/model/cpu-set.ts';
import type { Vcpu } from '../../src/model/domain.ts';
import type { Seen, SeenDomain } from '../../src/state/reconcile.ts';
import type { SavedState, SavedVcpu } from '../../src/state/saved-state.ts';
import { guestUuid } from '../support/sim-host.ts';

export const domainOf = (index: number) => ({ uuid: guestUuid(index), name: `guest-${index}` });

/** A vCPU that was on 0 and was pinned to 1, of the domain's start 7. */
export function saved(index: number, over: Partial<SavedVcpu> = {}): SavedVcpu {
  return {
    domain: domainOf(index),
    vcpu: 0,
    id: 7,
    cpuTimeNs: 5n * 10n ** 9n,
    original: [0],
    set: [[1]],
    foreign: false,
    ...over,
  };
}

export function stateOf(...vcpus: readonly SavedVcpu[]): SavedState {
  return { boot: 'this-boot', vcpus, moves: [] };
}

/** A host with four pCPUs and running domains, each with a vCPU 0 that has this affinity. */
export function seen(
  affinities: Readonly<Record<number, CpuSet | undefined>>,
  over: {
    id?: number | undefined;
    cpuTimeNs?: bigint | undefined;
    online?: CpuSet;
    number?: number;
    bounds?: SeenDomain['bounds'];
  } = {},
): Seen {
  const {
    id,
    cpuTimeNs,
    online = [0, 1, 2, 3],
    number = 0,
    bounds,
  } = { id: 7, cpuTimeNs: 6n * 10n ** 9n, ...over };
  const counters = cpuTimeNs === undefined ? undefined : { cpuTimeNs, delayNs: 0n };
  const vcpuOf = (affinity: CpuSet | undefined): Vcpu => ({
    number,
    counters,
    placement: affinity === undefined ? undefined : { affinity, lastPcpu: affinity[0] ?? 0 },
    problem: undefined,
  });
  const domains = Object.entries(affinities).map(([index, affinity]) => ({
    ...domainOf(Number(index)),
    id,
    bounds,
    vcpus: [vcpuOf(affinity)],
  }));
  return { online, domains };
}
