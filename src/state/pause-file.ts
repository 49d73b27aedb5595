import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { fileFailure } from './failure.ts';
import { codeOf, makeFolder, syncFolder } from './folder.ts';
import { isTime } from './is-time.ts';
import { replaceFile } from './replace-file.ts';
import { openOwn } from './safe-open.ts';
import { folderOf, type Place } from './store.ts';

/** A pause that somebody asked for. */
export type SavedPause = {
  /** milliseconds since the epoch */
  readonly sinceMs: number;
  /** undefined until somebody ends it */
  readonly untilMs: number | undefined;
};

const fileIn = (place: Place) => join(folderOf(place), 'pause.json');
const formatName = 'vcpusched-pause';

/**
 * The pause of a connection that a time is in.
 * @throws {VcpuschedError} where there may be one that cannot be read: somebody meant that nothing is to be pinned
 */
export async function readPause(place: Place, nowMs: number): Promise<SavedPause | undefined> {
  const file = fileIn(place);
  try {
    const handle = await openOwn(file, 'read');
    try {
      const { size } = await handle.stat();
      if (size > mostBytes) throw damaged(file);
      const pause = parsePause(await handle.readFile('utf8'));
      if (pause === undefined) throw damaged(file);
      return pause.untilMs !== undefined && pause.untilMs <= nowMs ? undefined : pause;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw fileFailure(
      'whether it is paused is not known from',
      file,
      error,
      '; until then nothing is pinned',
    );
  }
}

const mostBytes = 4096;

/** Undefined for what is no pause. */
export function parsePause(text: string): SavedPause | undefined {
  try {
    const { format, sinceMs, untilMs } = JSON.parse(text) as Record<string, unknown>;
    if (format !== formatName || !isTime(sinceMs)) return undefined;
    if (untilMs !== null && !isTime(untilMs)) return undefined;
    return { sinceMs, untilMs: untilMs ?? undefined };
  } catch {
    return undefined;
  }
}

function damaged(file: string): VcpuschedError {
  return new VcpuschedError(
    exitStatus.data,
    `${file} cannot be used: it is damaged: 'vcpusched resume' removes it; until then nothing is pinned`,
  );
}

/** @throws {VcpuschedError} where it cannot be written */
export async function writePause(place: Place, { sinceMs, untilMs }: SavedPause): Promise<void> {
  const text = JSON.stringify({ format: formatName, formatVersion: 1, sinceMs, untilMs: untilMs ?? null });
  try {
    await makeFolder(folderOf(place), false);
    await replaceFile(fileIn(place), `${text}\n`);
  } catch (error) {
    throw fileFailure('the pause cannot be saved in', fileIn(place), error);
  }
}

/**
 * @returns whether there was one
 * @throws {VcpuschedError} where it cannot be removed
 */
export async function removePause(place: Place): Promise<boolean> {
  try {
    await rm(fileIn(place));
    await syncFolder(folderOf(place));
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw fileFailure('the pause cannot be removed from', fileIn(place), error);
  }
}
