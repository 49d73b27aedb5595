import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } =
  constants;

/**
 * How a file of the state is opened: `read` what is there, `lock` it or make it, `lock-only` what is there, `make` it
 * where nothing is, or `append` to it or make it.
 */
export type Purpose = 'read' | 'lock' | 'lock-only' | 'make' | 'append';

/**
 * Opens a file of the state: a regular one of this user alone. A link is not followed, and neither a FIFO nor a device
 * is opened, which could hang or act.
 * @param isNeededToPin what a failure means: that nothing is pinned
 * @throws {VcpuschedError} status 65 where it is something else, 77 where it is another user's
 */
export async function openOwn(path: string, purpose: Purpose, isNeededToPin = true): Promise<FileHandle> {
  if (purpose !== 'make') {
    const there = await lstat(path).catch(() => undefined);
    const isLink = there?.isSymbolicLink() === true && purpose !== 'read';
    if (there !== undefined && !there.isFile() && !isLink) throw notRegular(path, isNeededToPin);
  }
  const file = await open(path, flags[purpose] | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw notRegular(path, isNeededToPin);
    checkOwner(path, stats.uid, isNeededToPin);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

const flags: Readonly<Record<Purpose, number>> = {
  read: O_RDONLY,
  lock: O_RDWR | O_CREAT,
  'lock-only': O_RDONLY,
  make: O_WRONLY | O_CREAT | O_EXCL,
  append: O_RDWR | O_CREAT | O_APPEND,
};

/** Opens a folder itself, which is no link to one. */
export function openFolder(path: string): Promise<FileHandle> {
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/** Who owns the state could make us pin what he likes. */
export function checkOwner(path: string, uid: number, isNeededToPin = true): void {
  const mine = process.geteuid?.();
  if (mine === undefined || uid === mine) return;
  throw new VcpuschedError(
    exitStatus.notPermitted,
    `${path} belongs to uid ${uid}, not to uid ${mine}: run as that user, give it to this one, or name another folder with --state-dir${isNeededToPin ? '; nothing is pinned' : ''}`,
  );
}

function notRegular(path: string, isNeededToPin: boolean): VcpuschedError {
  return new VcpuschedError(
    exitStatus.data,
    `${path} cannot be used: it is no regular file: move it away, or name another folder with --state-dir${isNeededToPin ? '; until then nothing is pinned' : ''}`,
  );
}
