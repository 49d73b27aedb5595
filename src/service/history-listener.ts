import type { Settings } from '../config/settings.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { HistoryMove } from '../model/history.ts';
import { vcpuKey } from '../model/host-load.ts';
import { round } from '../render/envelope.ts';
import { type Context, stateLocation } from '../session/context.ts';
import type { Listener } from '../session/listener.ts';
import { addToHistory, type HistoryUpdate, pruneHistory } from '../state/history-file.ts';
import type { Place } from '../state/store.ts';

/**
 * Keeps each move that took, and later what came of it: the ready time of the vCPU in the first window that began after
 * the move, which an earlier run may have made.
 */
export function historyListener(
  settings: () => Pick<Settings, 'history' | 'stateDir'>,
  context: Context,
  command: 'once' | 'watch',
): Listener {
  let place: Place | undefined;
  let open: readonly HistoryMove[] = [];
  let prunedAtMs = 0;

  async function prune(at: Place, nowMs: number): Promise<void> {
    prunedAtMs = nowMs;
    const kept = await pruneHistory(at, nowMs - settings().history * 1000);
    open = kept.filter(({ isSettled }) => !isSettled);
  }

  return {
    begun: async ({ uri }) => {
      if (settings().history === 0) return;
      place = await stateLocation(settings(), context, uri);
      await prune(place, context.date().getTime());
    },
    cycle: async (report) => {
      if (place === undefined) return;
      const nowMs = context.date().getTime();
      if (nowMs - prunedAtMs > pruneEveryMs) await prune(place, nowMs);
      const updates = outcomesOf(open, report, nowMs);
      const settled = new Set(updates.map(({ key }) => key));
      const moves = movesOf(report, command, nowMs);
      await addToHistory(place, moves, updates).catch((error) => {
        // Of a disk that takes nothing it is enough to hear once.
        if (report.unsaved === undefined) throw error;
      });
      open = [...open.filter(({ key }) => !settled.has(key)), ...moves];
    },
  };
}

const pruneEveryMs = 3600_000;

/** After that it is another time, and tells nothing of the move. */
const latestOutcomeMs = 3600_000;

function movesOf(
  { applied, cycle, measured, snapshot }: CycleReport,
  command: string,
  nowMs: number,
): readonly HistoryMove[] {
  const run = `${nowMs.toString(36)}-${cycle}`;
  const ready = readyOf(measured);
  const ids = new Map(snapshot.domains.map(({ uuid, id }) => [uuid, id]));
  return applied
    .filter(({ error }) => error === undefined)
    .map(({ move }, i) => ({
      key: `${run}-${i}`,
      run,
      command,
      domain: { uuid: move.domain.uuid, name: move.domain.name },
      vcpu: move.vcpu,
      id: ids.get(move.domain.uuid),
      kind: move.kind,
      from: move.from,
      to: move.to,
      atMs: nowMs,
      demandPct: round(move.demandPct),
      readyBeforePct: ready.get(vcpuKey(move)),
      readyAfterPct: undefined,
      isSettled: false,
      undoneAtMs: undefined,
      reason: move.reason,
    }));
}

/** Of those whose first window is over, and of those that were too long ago. */
function outcomesOf(
  open: readonly HistoryMove[],
  { decidedAtMs, windowMs, measured }: CycleReport,
  nowMs: number,
): readonly HistoryUpdate[] {
  const ready = readyOf(measured);
  return open.flatMap(({ key, atMs, ...move }) => {
    if (nowMs - atMs > latestOutcomeMs) return [{ key }];
    const readyAfterPct = ready.get(vcpuKey(move));
    return decidedAtMs - windowMs >= atMs && readyAfterPct !== undefined ? [{ key, readyAfterPct }] : [];
  });
}

/** The share of time that each vCPU waited, in per cent; none for those of which it is not known. */
function readyOf({ load }: CycleReport['measured']): ReadonlyMap<string, number> {
  return new Map(
    load.vcpus.flatMap((vcpu) => {
      const { reading } = vcpu;
      if (reading.kind !== 'measured' || reading.delayPct === undefined) return [];
      return [[vcpuKey(vcpu), round(reading.delayPct)] as const];
    }),
  );
}
