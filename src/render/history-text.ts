import { formatCpuSet } from '../model/cpu-set.ts';
import type { HistoryMove } from '../model/history.ts';
import { clock, localZone } from './clock.ts';
import { ref } from './envelope.ts';
import { counted, tenths } from './figures.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** What was moved, oldest first, with the ready time before and after; with `isLong` why, too. */
export function historyText(moves: readonly HistoryMove[], isLong: boolean, look: Style): string {
  if (moves.length === 0) return 'no moves\n';
  const columns = [
    { head: 'time' },
    { head: 'domain', least: 8 },
    { head: 'vCPU', align: 'right' },
    { head: 'from', align: 'right' },
    { head: 'to', align: 'right' },
    { head: 'ready', align: 'right' },
    { head: 'after', align: 'right' },
    { head: '', least: 6 },
  ] as const;
  const zone = localZone();
  const rows = moves.map((move) => [
    clock(move.atMs, zone).moment,
    safeText(move.domain.name),
    `${move.vcpu}`,
    formatCpuSet(move.from),
    formatCpuSet(move.to),
    figure(move.readyBeforePct),
    move.isSettled ? figure(move.readyAfterPct) : '',
    safeText(isLong ? `${move.command}: ${move.reason}` : whatOf(move)),
  ]);
  return `${table(columns, rows, look)}\n${summary(moves)}\n`;
}

function figure(pct: number | undefined): string {
  return pct === undefined ? '?' : tenths(pct);
}

function whatOf({ kind, undoneAtMs }: HistoryMove): string {
  return undoneAtMs === undefined ? kind : `${kind}, taken back`;
}

/** What the moves came to on the whole: of those of which both figures are known. */
function summary(moves: readonly HistoryMove[]): string {
  const known = moves.flatMap(({ readyBeforePct: before, readyAfterPct: after }) =>
    before === undefined || after === undefined ? [] : [{ before, after }],
  );
  const runs = new Set(moves.map(({ run }) => run)).size;
  const total = `${counted(moves.length, 'move')} in ${counted(runs, 'run')}`;
  if (known.length === 0) return total;
  const mean = (key: 'before' | 'after') => known.reduce((sum, each) => sum + each[key], 0) / known.length;
  return `${total}; mean ready time before ${tenths(mean('before'))}, after ${tenths(mean('after'))}`;
}

/** A move for JSON. */
export function historyFields(move: HistoryMove) {
  return {
    time: new Date(move.atMs).toISOString(),
    run: move.run,
    command: move.command,
    domain: ref(move.domain),
    vcpu: move.vcpu,
    kind: move.kind,
    from: formatCpuSet(move.from),
    to: formatCpuSet(move.to),
    demandPct: move.demandPct ?? null,
    readyBeforePct: move.readyBeforePct ?? null,
    readyAfterPct: move.readyAfterPct ?? null,
    undone: move.undoneAtMs === undefined ? null : new Date(move.undoneAtMs).toISOString(),
    reason: move.reason,
  };
}
