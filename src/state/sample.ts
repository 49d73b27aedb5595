import { unbounded } from '../model/bounds.ts';
import type { Domain } from '../model/domain.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { Pin } from '../model/pin.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { SavedSample } from './saved-state.ts';

/** A sample that is older than this tells more of the past than of the present. */
export const oldestSampleMs = 15 * 60_000;

/**
 * What of a sample the next run needs to measure from it.
 * @param boot of this machine, whose clock its time is from
 * @param results what became of the pins that were set right after it: a pin that is not known to have taken leaves
 *   the affinity unknown
 */
export function sampleOf(
  { takenAtMs, pcpuTimes, domains }: Snapshot,
  boot: string | undefined,
  results: readonly { readonly move: Pin; readonly error: string | undefined }[] = [],
): SavedSample {
  const pins = new Map(results.map((result) => [vcpuKey(result.move), result]));
  const of = (domain: Domain) => ({
    uuid: domain.uuid,
    id: domain.id,
    cpuTimeNs: domain.cpuTimeNs,
    vcpus: domain.vcpus.flatMap(({ number, counters, placement }) => {
      if (counters === undefined) return [];
      const pin = pins.get(vcpuKey({ domain, vcpu: number }));
      const affinity =
        pin === undefined ? placement?.affinity : pin.error === undefined ? pin.move.to : undefined;
      return [{ vcpu: number, ...counters, affinity, lastPcpu: placement?.lastPcpu }];
    }),
  });
  const pcpus = [...pcpuTimes].map(([pcpu, times]) => ({ pcpu, ...times }));
  return { boot: boot ?? '', takenAtMs, pcpus, domains: domains.map(of) };
}

/**
 * A saved sample as the first of two; undefined where it is of no use: of another boot, too old, or younger than
 * what the window should be at least.
 * @param first a sample taken now
 */
export function snapshotOf(
  saved: SavedSample | undefined,
  first: Snapshot,
  boot: string | undefined,
  windowMs: number,
): Snapshot | undefined {
  if (saved === undefined || boot === undefined || saved.boot !== boot) return undefined;
  const ageMs = first.takenAtMs - saved.takenAtMs;
  if (ageMs < windowMs || ageMs > oldestSampleMs) return undefined;
  const domains = saved.domains.map(
    ({ uuid, id, cpuTimeNs, vcpus }): Domain => ({
      uuid,
      name: '',
      id,
      bounds: unbounded,
      cpuTimeNs,
      vcpus: vcpus.map(({ vcpu, affinity, lastPcpu, ...counters }) => ({
        number: vcpu,
        counters: { cpuTimeNs: counters.cpuTimeNs, delayNs: counters.delayNs, polledNs: counters.polledNs },
        placement: affinity && lastPcpu !== undefined ? { affinity, lastPcpu } : undefined,
        problem: undefined,
      })),
    }),
  );
  const pcpuTimes = new Map(
    (saved.pcpus ?? []).map(({ pcpu, busyNs, totalNs }) => [pcpu, { busyNs, totalNs }]),
  );
  return { ...first, takenAtMs: saved.takenAtMs, pcpuTimes, domains, leftAlone: [] };
}
