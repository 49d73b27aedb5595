import type { CpuSet } from '../model/cpu-set.ts';
import type { HistoryMove } from '../model/history.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { PinResult } from '../model/pin.ts';
import { addToHistory, readHistory } from '../state/history-file.ts';
import type { SavedVcpu } from '../state/saved-state.ts';
import type { Place } from '../state/store.ts';

/** The last run that moved something and was not taken back. */
export type LastRun = {
  /** the affinity that a vCPU had before it; undefined where the run did not move it, or moved an earlier start of it */
  readonly before: (vcpu: SavedVcpu) => CpuSet | undefined;
  /** Notes which of its moves were taken back. */
  readonly noteUndone: (results: readonly PinResult[], atMs: number) => Promise<void>;
};

/**
 * Reads it from the history.
 * @throws {VcpuschedError} where that cannot be read
 */
export async function readLastRun(place: Place): Promise<LastRun> {
  const open = (await readHistory(place)).filter(({ undoneAtMs }) => undoneAtMs === undefined);
  const run = open.at(-1)?.run;
  const moves = open.filter((move) => move.run === run);
  // The first, where a run has moved a vCPU twice.
  const first = new Map<string, HistoryMove>();
  for (const move of moves.toReversed()) first.set(vcpuKey(move), move);
  return {
    before: (vcpu) => {
      const move = first.get(vcpuKey(vcpu));
      return move?.id === vcpu.id ? move?.from : undefined;
    },
    noteUndone: async (results, atMs) => {
      const took = new Set(
        results.flatMap(({ move, error }) => (error === undefined ? [vcpuKey(move)] : [])),
      );
      const undone = moves.filter((move) => took.has(vcpuKey(move)));
      await addToHistory(
        place,
        [],
        undone.map(({ key }) => ({ key, undoneAtMs: atMs })),
      );
    },
  };
}
