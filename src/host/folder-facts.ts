import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A folder, or where it is not there the nearest one above it that is. */
export type FolderFacts = {
  readonly path: string;
  readonly found: string;
  readonly isFolder: boolean;
  readonly isWritable: boolean;
  readonly uid: number;
  /** the permission bits */
  readonly mode: number;
  readonly freeBytes: number;
};

/** @returns undefined where it may not even be looked at */
export async function folderFacts(path: string, found = path): Promise<FolderFacts | undefined> {
  try {
    const stats = await stat(found);
    const { bavail, bsize } = await statfs(found);
    return {
      path,
      found,
      isFolder: stats.isDirectory(),
      isWritable: await isWritable(found),
      uid: stats.uid,
      mode: stats.mode & 0o777,
      freeBytes: bavail * bsize,
    };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const isAbsent = (error.code === 'ENOENT' || error.code === 'ENOTDIR') && dirname(found) !== found;
    return isAbsent ? folderFacts(path, dirname(found)) : undefined;
  }
}

function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
