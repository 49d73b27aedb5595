import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A file that a collector reads, as it is from one writing to the next. */
export type MetricsFile = {
  /** Finds out whether it can be written, and leaves it as it is. */
  readonly check: () => Promise<void>;
  readonly write: (text: string) => Promise<void>;
};

/**
 * Puts a text in place of a file in one step: who reads it finds the old one or the new one, whole. What fails leaves
 * nothing behind. The draft is hidden, and does not end as what is collected. All throw what the system says.
 */
export function metricsFile(path: string): MetricsFile {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
  async function make(text: string): Promise<void> {
    await rm(draft, { force: true });
    const handle = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
    try {
      await handle.writeFile(text);
      // Whatever the umask is: the collector is another user.
      await handle.chmod(0o644);
    } finally {
      await handle.close();
    }
  }
  async function withDraft(text: string, then: () => Promise<void>): Promise<void> {
    try {
      await make(text);
      await then();
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
  }
  return {
    check: () =>
      withDraft('', async () => {
        await rm(draft);
        const there = await lstat(path).catch(() => undefined);
        if (there?.isDirectory()) throw new Error('it is a folder');
      }),
    write: (text) => withDraft(text, () => rename(draft, path)),
  };
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
