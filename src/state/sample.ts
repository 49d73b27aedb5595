import { unbounded } from '../model/bounds.ts';
import type { Domain } from '../model/domain.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { SavedSample } from './saved-state.ts';

/** A sample that is older than this tells more of the past than of the present. */
const oldestMs = 15 * 60_000;

/**
 * What of a sample the next run needs to measure from it.
 * @param boot of this machine, whose clock its time is from
 */
export function sampleOf({ takenAtMs, domains }: Snapshot, boot: string | undefined): SavedSample {
  const of = ({ uuid, id, vcpus }: Domain) => ({
    uuid,
    id,
    vcpus: vcpus.flatMap(({ number, counters }) =>
      counters === undefined ? [] : [{ vcpu: number, ...counters }],
    ),
  });
  return { boot: boot ?? '', takenAtMs, domains: domains.map(of) };
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
  if (ageMs < windowMs || ageMs > oldestMs) return undefined;
  const domains = saved.domains.map(
    ({ uuid, id, vcpus }): Domain => ({
      uuid,
      name: '',
      id,
      bounds: unbounded,
      vcpus: vcpus.map(({ vcpu, cpuTimeNs, delayNs }) => ({
        number: vcpu,
        counters: { cpuTimeNs, delayNs },
        placement: undefined,
        problem: undefined,
      })),
    }),
  );
  return { ...first, takenAtMs: saved.takenAtMs, domains, leftAlone: [] };
}
