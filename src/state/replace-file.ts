import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './folder.ts';
import { openOwn } from './safe-open.ts';

/**
 * Puts a text in place of the file that is there, durably: whenever this is cut short, one of the two is there, whole.
 * Written here and not by write-file-atomic, which calls write(2) once: on a disk that fills up (tmpfs, version
 * 7.0.1) it put the half that had found room in place of the whole.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  try {
    await rm(draft, { force: true });
    const handle = await openOwn(draft, 'make');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}
