import { type BackgroundMemory, backgroundOf, observeBackground } from '../../host/background.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Background } from '../host.ts';

/** What the recorded host itself ran on each pCPU, gathered sample by sample. */
export type RecordedBackground = {
  /** the `i`th sample; the time from the one before to it is told by both */
  readonly add: (i: number, snapshot: Snapshot) => void;
  /** @param startsNs when each sample was taken */
  readonly background: (startsNs: Float64Array) => readonly Background[];
};

/** As vcpusched measures it on a host: smoothed, and without what is noise. */
export function recordedBackground(): RecordedBackground {
  const levels = new Map<number, Float32Array>();
  let last: Snapshot | undefined;
  let memory: BackgroundMemory | undefined;

  return {
    add: (i, snapshot) => {
      if (last !== undefined) {
        memory = observeBackground(memory, last, snapshot);
        for (const [pcpu, pct] of backgroundOf(memory).background) {
          const grown = longEnough(levels.get(pcpu), i);
          grown[i - 1] = pct;
          levels.set(pcpu, grown);
        }
      }
      last = snapshot;
    },
    background: (startsNs) =>
      [...levels]
        .sort(([a], [b]) => a - b)
        .map(([pcpu, pcts]) => ({
          pcpu,
          demand: {
            kind: 'steps',
            fromNs: startsNs,
            pcts: longEnough(pcts, startsNs.length).slice(0, startsNs.length),
          },
        })),
  };
}

function longEnough(pcts: Float32Array | undefined, length: number): Float32Array {
  if (pcts !== undefined && pcts.length >= length) return pcts;
  const longer = new Float32Array(Math.max(64, 2 * length));
  if (pcts !== undefined) longer.set(pcts);
  return longer;
}
