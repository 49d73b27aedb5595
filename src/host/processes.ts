import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The processes of this machine, a number by name (as the kernel has it, at most 15 letters); of several with one
 * name, any.
 * @param proc where /proc is
 */
export async function runningProcesses(proc = '/proc'): Promise<ReadonlyMap<string, number>> {
  const entries = await readdir(proc).catch(() => []);
  const pids = entries.filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid): Promise<[string, number]> => {
      const name = await readFile(join(proc, pid, 'comm'), 'utf8').catch(() => '');
      return [name.trim(), Number(pid)];
    }),
  );
  return new Map(found);
}
