import { execa } from 'execa';

/** How long a hook may take before it is ended. */
export const hookDeadlineMs = 30_000;

/**
 * Runs a program without a shell, with a text on its standard input.
 * @returns what to tell of a failure; undefined where it ended with 0
 */
export async function runHook(program: string, input: string): Promise<string | undefined> {
  const { failed, timedOut, exitCode, shortMessage, stderr } = await execa(program, [], {
    input,
    stdout: 'ignore',
    timeout: hookDeadlineMs,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 16,
    reject: false,
  });
  if (!failed) return undefined;
  if (timedOut) return `it took longer than ${hookDeadlineMs / 1000} s, and was ended`;
  const [line = ''] = String(stderr).split('\n');
  return exitCode === undefined
    ? String(shortMessage)
    : `it ended with status ${exitCode}${line && `: ${line}`}`;
}
