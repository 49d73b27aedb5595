import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitStatus, VcpuschedError } from '../errors.ts';
import { stateFailure } from './failure.ts';

/**
 * Makes the folder that holds the state of one connection, for its owner alone.
 * @throws {VcpuschedError} where it cannot be made, or is somebody else's, who could make us pin what he likes
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    const made = await mkdir(path, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncFolder(dirname(path));
    const { uid, mode } = await stat(path);
    const mine = process.geteuid?.();
    if (mine !== undefined && uid !== mine) {
      throw new VcpuschedError(
        exitStatus.notPermitted,
        `${path} belongs to uid ${uid}, not to uid ${mine}: run as that user, give it to this one, or name another folder with --state-dir; nothing is pinned`,
      );
    }
    if ((mode & 0o077) !== 0) await chmod(path, 0o700);
  } catch (error) {
    throw stateFailure(path, error);
  }
}

/** Makes what was created, renamed or removed in a folder last. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
