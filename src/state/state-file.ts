import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exitStatus, VcpuschedError } from '../errors.ts';
import { stateFailure } from './failure.ts';
import { syncFolder } from './folder.ts';
import { formatState, parseState, type SavedState, StateProblem } from './saved-state.ts';

const fileIn = (folder: string) => join(folder, 'state.json');

/**
 * Reads the state that is kept in a folder.
 * @returns undefined where there is none
 * @throws {VcpuschedError} status 65 where it is damaged or of a newer format; it is left as it is
 */
export async function readState(folder: string): Promise<SavedState | undefined> {
  const file = fileIn(folder);
  try {
    return parseState(await readFile(file, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (!(error instanceof StateProblem)) throw stateFailure(file, error);
    const advice = error.newer
      ? 'a newer vcpusched has written it: run that one'
      : 'put a copy of it back; or move it away to begin anew, and the vCPUs keep the pins that they have';
    throw new VcpuschedError(
      exitStatus.data,
      `${file} cannot be used: ${error.message}: ${advice}; until then nothing is pinned`,
    );
  }
}

/**
 * Puts a state in place of the one that is there, durably: whenever this is cut short, one of the two is there, whole.
 * Written here and not by write-file-atomic, which calls write(2) once: on a disk that fills up (tmpfs, version
 * 7.0.1) it put the half that had found room in place of the whole.
 * @throws {VcpuschedError} where it cannot be written; the old state is as it was
 */
export async function writeState(folder: string, state: SavedState): Promise<void> {
  const file = fileIn(folder);
  const draft = `${file}.new`;
  try {
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(formatState(state));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    await syncFolder(folder);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw stateFailure(folder, error);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
