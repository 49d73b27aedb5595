import { type BackgroundMemory, backgroundOf, observeBackground } from '../host/background.ts';
import { sameStart } from '../host/overheads.ts';
import { readingsOf } from '../host/reading.ts';
import { intersect, sameCpus } from '../model/cpu-set.ts';
import type { Domain, DomainRef, Placement } from '../model/domain.ts';
import { demandPct, type Reading, whereItCounts } from '../model/host-load.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Sample } from '../simulate/recording/encode.ts';

/** What a host did between two samples that follow one another. */
export type Window = {
  /** wall clock at its end */
  readonly endMs: number;
  readonly lengthMs: number;
  readonly domains: readonly WindowDomain[];
  /** by pCPU, those that are online */
  readonly loads: ReadonlyMap<number, number>;
  /** vCPUs with another affinity than before, and how many of those cannot be where they were */
  readonly changes: number;
  readonly moves: number;
};

export type WindowDomain = { readonly ref: DomainRef; readonly readings: ReadonlyMap<number, Reading> };

/** Makes windows of samples. */
export type WindowReader = {
  /** undefined where there is no sample before it */
  readonly add: (sample: Sample) => Window | undefined;
  /** samples are missing here: the next one starts anew */
  readonly cut: () => void;
};

export function windowReader(): WindowReader {
  let last: Snapshot | undefined;
  let memory: BackgroundMemory | undefined;
  return {
    add: ({ wallMs, snapshot }) => {
      const before = last;
      last = snapshot;
      if (before === undefined) return undefined;
      memory = observeBackground(memory, before, snapshot);
      return windowOf(before, snapshot, wallMs, backgroundOf(memory).background);
    },
    cut: () => {
      last = undefined;
      memory = undefined;
    },
  };
}

/** @param endMs the wall clock of `after` */
export function windowOf(
  before: Snapshot,
  after: Snapshot,
  endMs: number,
  background: ReadonlyMap<number, number>,
): Window {
  const lengthMs = after.takenAtMs - before.takenAtMs;
  const earlier = new Map(before.domains.map((domain) => [domain.uuid, domain]));
  const loads = new Map(after.online.map((pcpu) => [pcpu, background.get(pcpu) ?? 0]));
  let changes = 0;
  let moves = 0;
  const domains = after.domains.map((domain): WindowDomain => {
    const then = sameStart(earlier.get(domain.uuid), domain);
    const readings = readingsOf(then, domain, lengthMs);
    const places = placesOf(then);
    for (const { number, placement } of domain.vcpus) {
      if (placement === undefined) continue;
      const reading = readings.get(number);
      const pcpu = whereItCounts({ placement });
      if (reading?.kind === 'measured') loads.set(pcpu, (loads.get(pcpu) ?? 0) + demandPct(reading));
      const affinity = places.get(number)?.affinity;
      if (reading?.kind === 'new' || affinity === undefined || sameCpus(affinity, placement.affinity))
        continue;
      changes++;
      if (intersect(affinity, placement.affinity).length === 0) moves++;
    }
    return { ref: { uuid: domain.uuid, name: domain.name }, readings };
  });
  return { endMs, lengthMs, domains, loads, changes, moves };
}

function placesOf(domain: Domain | undefined): ReadonlyMap<number, Placement | undefined> {
  return new Map(domain?.vcpus.map(({ number, placement }) => [number, placement]));
}
