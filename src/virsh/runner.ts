import { StringDecoder } from 'node:string_decoder';
import { execa } from 'execa';
import { spawnFailure, timeoutFailure } from './failures.ts';
import type { VirshOptions } from './virsh-options.ts';

/** What one virsh process said. */
export type VirshOutput = {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** monotonic milliseconds at which stderr first spoke: with a batch, the end of its first command */
  readonly firstStderrAtMs: number;
};

/**
 * Runs one virsh process with these arguments after the global options.
 * @param onOutput is told what it says while it runs
 */
export type Virsh = (
  args: readonly string[],
  signal?: AbortSignal,
  onOutput?: (stream: 'stdout' | 'stderr', text: string) => void,
) => Promise<VirshOutput>;

/**
 * Makes the one function that starts virsh: in the C locale (all but the domstats keys is translated, and
 * LANGUAGE outdoes LC_ALL=C.UTF-8), without a shell, with a deadline. The process gets a group of its own, so
 * that Ctrl-C at a terminal does not cut a set of pins in two: what may be interrupted is, through `signal`.
 * @throws {VcpuschedError} where virsh cannot be started or does not answer in time
 */
export function virshRunner(options: VirshOptions, nowMs: () => number): Virsh {
  const globals = [
    ...(options.readonly ? ['-r'] : []),
    ...(options.uri === undefined ? [] : ['-c', options.uri]),
  ];
  // execa's types know descriptors up to 9.
  const inherited = options.inheritedFd === undefined ? [] : [options.inheritedFd as 9];
  return async (args, signal, onOutput) => {
    const child = execa(options.path, [...globals, ...args], {
      env: { LC_ALL: 'C', LANGUAGE: undefined },
      stdio: ['ignore', 'pipe', 'pipe', ...inherited],
      detached: true,
      reject: false,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      stripFinalNewline: false,
      maxBuffer: 1 << 30,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    let firstStderrAtMs = Number.NaN;
    child.stderr.once('data', () => {
      firstStderrAtMs = nowMs();
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      if (onOutput === undefined) break;
      const decoder = new StringDecoder();
      child[stream].on('data', (chunk: Buffer) => onOutput(stream, decoder.write(chunk)));
    }
    child.once('exit', (_, killedBy) => {
      if (killedBy !== null) endGroup(child.pid);
    });
    const result = await child;
    if (result.isCanceled) signal?.throwIfAborted();
    if (result.timedOut) throw timeoutFailure(options);
    if (result.exitCode === undefined) throw spawnFailure(options, result);
    return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode, firstStderrAtMs };
  };
}

/** Ends what a wrapper around virsh had started: it would hold the output open, and the deadline would not count. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // there is nothing left of the group
  }
}
