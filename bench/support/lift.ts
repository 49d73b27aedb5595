import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Gives every thread of every guest precedence over all else. */
export function lift(): void {
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const program = readIfThere(`/proc/${pid}/cmdline`);
    if (!program.includes('qemu-system-') || !program.includes('-uuid')) continue;
    for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), -20);
  }
}

/** A process may end while it is read. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
