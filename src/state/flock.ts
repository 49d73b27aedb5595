import { spawn } from 'node:child_process';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';

/**
 * Locks an open file for this process. Node has no flock(2), but flock(1) of util-linux can lock a descriptor that
 * it inherits, and the lock belongs to the open file: it stays with us when flock(1) has ended, goes with our last
 * descriptor whatever ends us, and nobody else has one, since Node opens files close-on-exec.
 * @returns false where somebody else has the lock
 * @source flock(2); flock(1), the example of a file descriptor opened by the shell
 */
export function flock(fd: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (why: string) =>
      reject(new VcpuschedError(exitStatus.failed, `cannot lock: ${why}: is util-linux installed?`));
    const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
    child.once('error', ({ message }) => failed(message));
    child.once('exit', (code, signal) => {
      if (code === 0 || code === 1) resolve(code === 0);
      else failed(`flock ended with ${signal ?? code}`);
    });
  });
}
