import { join } from 'node:path';
import type { CpuSet } from '../model/cpu-set.ts';
import { formatCpuSet, parseCpuList } from '../model/cpu-set.ts';
import type { HistoryMove } from '../model/history.ts';
import { fileFailure } from './failure.ts';
import { codeOf, makeFolder, syncFolder } from './folder.ts';
import { isTime } from './is-time.ts';
import { replaceFile } from './replace-file.ts';
import { openOwn } from './safe-open.ts';
import { folderOf, type Place } from './store.ts';

/** What becomes known of a move later. */
export type HistoryUpdate = {
  readonly key: string;
  /** of the vCPU, after the move, in per cent; undefined where it is not known */
  readonly readyAfterPct?: number | undefined;
  /** it was taken back at this time, in milliseconds since the epoch */
  readonly undoneAtMs?: number | undefined;
};

const fileIn = (place: Place) => join(folderOf(place), 'history.ndjson');

/** The oldest half goes where the file grows larger: about 100,000 moves. */
const mostBytes = 1 << 25;

/**
 * The saved moves of a connection, oldest first. Lines that are damaged or cut short are left out.
 * @throws {VcpuschedError} where there is a file that cannot be read
 */
export async function readHistory(place: Place): Promise<readonly HistoryMove[]> {
  return parseHistory(await textOf(place));
}

/** Reads the text of a history. */
export function parseHistory(text: string): readonly HistoryMove[] {
  const moves = new Map<string, HistoryMove>();
  for (const line of text.split('\n')) {
    const entry = parsed(line);
    if (entry?.['kind'] === 'move') {
      const move = moveOf(entry);
      if (move !== undefined) moves.set(move.key, move);
    } else if (entry?.['kind'] === 'update') {
      const move = moves.get(String(entry['key']));
      if (move === undefined) continue;
      const { readyAfterPct, undoneAtMs } = entry;
      moves.set(move.key, {
        ...move,
        readyAfterPct: numberOr(readyAfterPct, move.readyAfterPct),
        undoneAtMs: isTime(undoneAtMs) ? undoneAtMs : move.undoneAtMs,
        isSettled: move.isSettled || readyAfterPct !== undefined,
      });
    }
  }
  return [...moves.values()];
}

async function textOf(place: Place): Promise<string> {
  const file = fileIn(place);
  try {
    const handle = await openOwn(file, 'read', false);
    try {
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw fileFailure('the history cannot be read from', file, error);
  }
}

/**
 * Adds to the history, durably; only who has the lock of the connection may do so.
 * @throws {VcpuschedError} where it cannot be written
 */
export async function addToHistory(
  place: Place,
  moves: readonly HistoryMove[],
  updates: readonly HistoryUpdate[] = [],
): Promise<void> {
  if (moves.length + updates.length === 0) return;
  const lines = [
    ...moves.map(historyLine),
    ...updates.map(({ key, readyAfterPct, undoneAtMs }) =>
      // Null: it is known that it will not be known.
      JSON.stringify({
        kind: 'update',
        key,
        ...(undoneAtMs === undefined ? { readyAfterPct: readyAfterPct ?? null } : { undoneAtMs }),
      }),
    ),
  ];
  const file = fileIn(place);
  try {
    await makeFolder(folderOf(place), false);
    const handle = await openOwn(file, 'append', false);
    try {
      const { size } = await handle.stat();
      // A line that was cut short ends here.
      await handle.writeFile(
        `${size > 0 && !(await endsLine(handle, size)) ? '\n' : ''}${lines.join('\n')}\n`,
      );
      await handle.datasync();
      if (size === 0) await syncFolder(folderOf(place));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFailure('the history cannot be saved in', file, error);
  }
}

async function endsLine(
  handle: { read: (buffer: Buffer, offset: number, length: number, position: number) => Promise<unknown> },
  size: number,
) {
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  return last[0] === 0x0a;
}

/**
 * Drops what is older than it is to be kept.
 * @returns what is left
 */
export async function pruneHistory(place: Place, oldestMs: number): Promise<readonly HistoryMove[]> {
  const all = await readHistory(place);
  const kept = all.filter(({ atMs }) => atMs >= oldestMs);
  const lines = (moves: readonly HistoryMove[]) => moves.map((move) => `${historyLine(move)}\n`).join('');
  const text = lines(kept);
  const left = text.length > mostBytes ? kept.slice(Math.ceil(kept.length / 2)) : kept;
  if (left.length < all.length) {
    const file = fileIn(place);
    await replaceFile(file, left === kept ? text : lines(left)).catch((error) => {
      throw fileFailure('the history cannot be saved in', file, error);
    });
  }
  return left;
}

/** A move as a line of a history. */
export function historyLine({ isSettled, readyAfterPct, from, to, ...rest }: HistoryMove): string {
  const after = isSettled ? { readyAfterPct: readyAfterPct ?? null } : {};
  const { kind, ...others } = rest;
  return JSON.stringify({
    kind: 'move',
    what: kind,
    ...others,
    from: formatCpuSet(from),
    to: formatCpuSet(to),
    ...after,
  });
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function moveOf(entry: Record<string, unknown>): HistoryMove | undefined {
  const { key, run, command, domain, vcpu, id, what, from, to, atMs, undoneAtMs, reason } = entry;
  const { uuid, name } = (domain ?? {}) as Record<string, unknown>;
  const [fromSet, toSet] = [cpus(from), cpus(to)];
  const texts = [key, run, command, what, reason, uuid, name];
  if (fromSet === undefined || toSet === undefined || !texts.every((each) => typeof each === 'string'))
    return undefined;
  if (!Number.isSafeInteger(vcpu) || Number(vcpu) < 0 || !isTime(atMs)) return undefined;
  return {
    key: String(key),
    run: String(run),
    command: String(command),
    domain: { uuid: String(uuid), name: String(name) },
    vcpu: Number(vcpu),
    id: numberOr(id, undefined),
    kind: String(what),
    from: fromSet,
    to: toSet,
    atMs,
    demandPct: numberOr(entry['demandPct'], undefined),
    readyBeforePct: numberOr(entry['readyBeforePct'], undefined),
    readyAfterPct: numberOr(entry['readyAfterPct'], undefined),
    isSettled: entry['readyAfterPct'] !== undefined,
    undoneAtMs: isTime(undoneAtMs) ? undoneAtMs : undefined,
    reason: String(reason),
  };
}

function numberOr(value: unknown, other: number | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : other;
}

function cpus(value: unknown): CpuSet | undefined {
  if (typeof value !== 'string' || value.length > 100_000) return undefined;
  try {
    const set = parseCpuList(value);
    return set.length > 0 ? set : undefined;
  } catch {
    return undefined;
  }
}
