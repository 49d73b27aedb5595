import { StringDecoder } from 'node:string_decoder';
import { execa } from 'execa';
import { spawnFailure, timeoutFailure } from './failures.ts';
import type { VirshOptions } from './virsh-options.ts';

/** What one virsh process said. */
export type VirshOutput = {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** monotonic milliseconds at which stderr first spoke; NaN where it never did */
  readonly firstStderrAtMs: number;
};

/**
 * Runs one virsh process with these arguments after the global options.
 * @param onOutput is told what it says while it runs, and at what monotonic time
 */
export type Virsh = (
  args: readonly string[],
  signal?: AbortSignal,
  onOutput?: (stream: 'stdout' | 'stderr', text: string, atMs: number) => void,
) => Promise<VirshOutput>;

/**
 * Makes the one function that starts virsh: in the C locale (all but the domstats keys is translated, and
 * LANGUAGE outdoes LC_ALL=C.UTF-8), without a shell, with a deadline. The process gets a group of its own, so
 * that Ctrl-C at a terminal does not cut a set of pins in two: what may be interrupted is, through `signal`.
 * @throws {VcpuschedError} where virsh cannot be started or does not answer in time
 */
export function virshRunner(options: VirshOptions, nowMs: () => number): Virsh {
  const readWrite = oneVirsh({ ...options, readonly: false }, nowMs);
  return options.readonly ? readerOf(oneVirsh(options, nowMs), readWrite) : readWrite;
}

/** Uses the read-only connection, or the other one from when it turns out that there is no read-only socket. */
export function readerOf(readOnly: Virsh, readWrite: Virsh): Virsh {
  let isReadOnlyAbsent = false;
  return async (args, signal, onOutput) => {
    if (!isReadOnlyAbsent) {
      const output = await readOnly(args, signal, onOutput);
      if (!lacksReadOnlySocket(output.stderr)) return output;
      isReadOnlyAbsent = true;
    }
    if (args.some((text) => /\bvcpupin\b/.test(text))) throw new Error('a reader may not pin');
    return readWrite(args, signal, onOutput);
  };
}

/**
 * The client's own words, in the C locale. A container or a session daemon can have the read-write socket alone.
 * @source virNetSocketNewConnectUNIX in libvirt
 */
function lacksReadOnlySocket(stderr: string): boolean {
  return stderr
    .split('\n')
    .some(
      (line) =>
        line.startsWith('error: ') &&
        line.includes('Failed to connect socket to') &&
        line.endsWith("-sock-ro': No such file or directory"),
    );
}

function oneVirsh(options: VirshOptions, nowMs: () => number): Virsh {
  const globals = globalOptions(options);
  // execa's types know descriptors up to 9.
  const inherited = options.inheritedFd === undefined ? [] : [options.inheritedFd as 9];
  return async (args, signal, onOutput) => {
    const child = started(options, () =>
      execa(options.path, [...globals, ...args], {
        env: environment(process.env),
        stdio: ['ignore', 'pipe', 'pipe', ...inherited],
        detached: true,
        reject: false,
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        stripFinalNewline: false,
        maxBuffer: 1 << 30,
        ...(signal === undefined ? {} : { cancelSignal: signal }),
      }),
    );
    let firstStderrAtMs = Number.NaN;
    child.stderr.once('data', () => {
      firstStderrAtMs = nowMs();
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      if (onOutput === undefined) break;
      const decoder = new StringDecoder();
      child[stream].on('data', (chunk: Buffer) => onOutput(stream, decoder.write(chunk), nowMs()));
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

/** What stands before the commands. */
export function globalOptions({ readonly, uri }: VirshOptions): readonly string[] {
  return [...(readonly ? ['-r'] : []), ...(uri === undefined ? [] : ['-c', uri])];
}

/**
 * What of the environment is changed: the locale, and what makes virsh or libvirt's client write logs to stderr or to
 * files, among which its answers would have to be looked for.
 * @source virsh(1), ENVIRONMENT; virLogSetFromEnv in libvirt
 */
export function environment(given: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const noisy = Object.keys(given).filter((name) => name.startsWith('LIBVIRT_LOG_'));
  return {
    LC_ALL: 'C',
    ...Object.fromEntries(
      ['LANGUAGE', 'VIRSH_DEBUG', 'VIRSH_LOG_FILE', 'LIBVIRT_DEBUG', ...noisy].map((name) => [
        name,
        undefined,
      ]),
    ),
  };
}

/**
 * Starts virsh. Where Node has no file descriptors left for it, Node 24 gives a child without streams, which execa does
 * not expect.
 */
function started<Child>(virsh: VirshOptions, start: () => Child): Child {
  try {
    return start();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw spawnFailure(virsh, { shortMessage: 'too many open files' });
  }
}

/** Ends what a wrapper around virsh had started: it would hold the output open, and the deadline would not count. */
export function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // there is nothing left of the group
  }
}
