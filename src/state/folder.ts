import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkOwner, openFolder } from './safe-open.ts';

/**
 * Makes the folder that holds the state of one connection, for its owner alone.
 * @param isNeededToPin what a failure means: that nothing is pinned
 * @throws what the system says where it cannot be made; a `VcpuschedError` where it is somebody else's
 */
export async function makeFolder(path: string, isNeededToPin = true): Promise<void> {
  await makeFolders(path);
  const folder = await openFolder(path);
  try {
    const { uid, mode } = await folder.stat();
    checkOwner(path, uid, isNeededToPin);
    if ((mode & 0o077) !== 0) await folder.chmod(0o700);
  } finally {
    await folder.close();
  }
}

/** Node's own `recursive` never returns where the kernel says of a folder that is there that it is not (/proc/x/y). */
async function makeFolders(path: string): Promise<void> {
  try {
    if (await madeFolder(path)) return;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    await madeFolder(path);
  }
}

/** @returns whether it was made; false where there is something of the name */
async function madeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await syncFolder(dirname(path));
  return true;
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

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
