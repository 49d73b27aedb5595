import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { Doubtful, timeoutFailure } from './failures.ts';
import { endGroup, environment, globalOptions, type Virsh, type VirshOutput } from './runner.ts';
import type { VirshOptions } from './virsh-options.ts';

/** One virsh process that is asked again and again. */
export type OpenVirsh = {
  /**
   * Asks one batch, for reading.
   * @throws {Doubtful} where the answer cannot be trusted: ask another virsh
   * @throws {VcpuschedError} where it does not answer in time
   */
  readonly ask: Virsh;
  /** ends the process, if there is one */
  readonly close: () => void;
};

/**
 * Keeps one virsh in its interactive mode, since to start one costs a hundred times what a command does. A process
 * that gives any reason for doubt is ended, with whatever it has still to say, and another one is started with a later
 * call: one that ends, that says something nobody asked for (a lost connection, say), that runs nothing of what it is
 * asked, or whose answer has not its end.
 * After each failure in a row twice as many calls are refused before the next try.
 *
 * A batch goes in as one line, another line with the marks of the end follows: they come also where virsh does not
 * understand the first one, and runs nothing of it. On stdout the prompt and, scrolled, the line that was read come
 * before the answer; so the line begins with an `echo`, and what precedes its word is left out.
 * @param onStart is told of each process that is started
 * @source virsh(1), "echo"; vshReadline and vshCommandStringParse in libvirt
 */
export function openVirsh(options: VirshOptions, nowMs: () => number, onStart: () => void): OpenVirsh {
  const secret = randomBytes(4).toString('hex');
  let child: ReturnType<typeof start> | undefined;
  let calls = 0;
  let failures = 0;
  // The first call goes elsewhere: what starts a daemon of the user's is to have the user's environment.
  let refusals = 1;

  const close = (): void => {
    child?.end();
    child = undefined;
  };

  async function ask(...[args, signal, onOutput]: Parameters<Virsh>): Promise<VirshOutput> {
    const [text, ...more] = args;
    if (text === undefined || more.length > 0) throw new Doubtful('it is no batch');
    if (refusals > 0) {
      refusals--;
      throw new Doubtful('it is not its turn');
    }
    signal?.throwIfAborted();
    if (child === undefined) {
      child = start(options, nowMs);
      onStart();
    }
    const mine = child;
    const first = `${++calls}.`;
    const last = `${secret}.${calls}`;
    try {
      const output = await mine.ask(
        { lines: `echo ${first};${text}\necho ${last};echo --err ${last}\n`, first, last },
        signal,
        onOutput,
      );
      failures = 0;
      return output;
    } catch (error) {
      if (child === mine) close();
      if (error instanceof Doubtful) {
        refusals = Math.min(2 ** failures, mostRefusals);
        failures++;
      }
      throw error;
    }
  }

  return { ask, close };
}

const mostRefusals = 64;

/** The words of the end are shorter, and so is the prompt that follows them. */
const latestLength = 256;

/** No key is bound, and nothing is kept of what was asked: virsh would write it over the user's history when it ends. */
const interactive = { INPUTRC: '/dev/null', VIRSH_HISTSIZE: '0', XDG_CACHE_HOME: '/dev/null' };

/** What goes in, and the words that stand before and after its answer. */
type Question = { readonly lines: string; readonly first: string; readonly last: string };

/** Starts one process. It asks one question at a time. */
function start(options: VirshOptions, nowMs: () => number) {
  // Its own group, as that of any virsh: Ctrl-C at a terminal is not meant for it.
  const child = spawn(options.path, globalOptions(options), {
    env: { ...process.env, ...environment(process.env), ...interactive },
    stdio: 'pipe',
    detached: true,
  });
  const said = { stdout: '', stderr: '' };
  /** what was said last: the end of an answer is looked for here, since a long answer comes in many pieces */
  const latest = { stdout: '', stderr: '' };
  let onText: ((stream: 'stdout' | 'stderr', text: string) => void) | undefined;
  let onEnd: ((why: string) => void) | undefined;
  let ended: string | undefined;
  const finish = (why: string): void => {
    if (ended !== undefined) return;
    ended = why;
    end(child);
    onEnd?.(why);
  };
  child.once('error', () => finish('it could not be started'));
  child.once('close', () => finish('it has ended'));
  child.stdin.on('error', () => finish('it does not listen'));
  for (const stream of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder();
    child[stream].on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk);
      said[stream] += text;
      latest[stream] = (latest[stream] + text).slice(-latestLength);
      if (onText !== undefined) onText(stream, text);
      // On stdout a prompt follows the last answer.
      else if (stream === 'stderr') finish('it said what nobody had asked for');
    });
  }
  keepUnreferenced(child);

  function ask(
    { lines, first, last }: Question,
    signal: AbortSignal | undefined,
    onOutput: Parameters<Virsh>[2],
  ): Promise<VirshOutput> {
    return new Promise<VirshOutput>((resolve, reject) => {
      if (ended !== undefined) {
        reject(new Doubtful(ended));
        return;
      }
      said.stdout = latest.stdout = '';
      said.stderr = latest.stderr = '';
      let firstStderrAtMs = Number.NaN;
      const settle = (done: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        onText = undefined;
        onEnd = undefined;
        done();
      };
      const fail = (error: unknown): void => settle(() => reject(error));
      const abort = (): void => fail(signal?.reason);
      const timer = setTimeout(() => fail(timeoutFailure(options)), options.timeoutMs);
      signal?.addEventListener('abort', abort);
      onEnd = (why) => fail(new Doubtful(why));
      onText = (stream, text) => {
        const atMs = nowMs();
        if (stream === 'stderr' && Number.isNaN(firstStderrAtMs)) firstStderrAtMs = atMs;
        onOutput?.(stream, text, atMs);
        if (!latest.stderr.includes(last) || !latest.stdout.includes(last)) return;
        const output = answerIn(said, first, last);
        if (output === undefined) return;
        if (output === 'none') fail(new Doubtful('it has run nothing'));
        else if (hasLostConnection(said.stderr)) fail(new Doubtful('it has lost its connection'));
        else {
          settle(() => resolve({ ...output, exitCode: 0, firstStderrAtMs }));
          if (!said.stderr.endsWith(endOnStderr(last))) finish('it said what nobody had asked for');
        }
      };
      child.stdin.write(lines);
    });
  }

  return { ask, end: () => finish('it was ended') };
}

/**
 * The answer on both streams; undefined as long as it has not its end on both, `none` where virsh has not understood the
 * line.
 */
export function answerIn(
  said: { readonly stdout: string; readonly stderr: string },
  first: string,
  last: string,
): { readonly stdout: string; readonly stderr: string } | 'none' | undefined {
  const errEnd = said.stderr.lastIndexOf(endOnStderr(last));
  if (errEnd < 0) return undefined;
  const outEnd = said.stdout.lastIndexOf(`\n${last}\n`);
  if (outEnd < 0) return undefined;
  const begin = `\n${first}\n`;
  const from = said.stdout.indexOf(begin);
  if (from < 0) return 'none';
  return { stdout: said.stdout.slice(from + begin.length, outEnd), stderr: said.stderr.slice(0, errEnd) };
}

function endOnStderr(last: string): string {
  return `error: ${last}\n`;
}

/**
 * virsh's own words, in the C locale: it connects anew by itself, and what it has said by then is of two connections.
 * @source virshReconnect and virshCatchDisconnect in virsh
 */
function hasLostConnection(stderr: string): boolean {
  return /^error: (?:Disconnected from|Reconnected to) /m.test(stderr);
}

function end(child: ChildProcessWithoutNullStreams): void {
  child.stdout.removeAllListeners('data');
  child.stderr.removeAllListeners('data');
  child.stdout.destroy();
  child.stderr.destroy();
  child.stdin.destroy();
  endGroup(child.pid);
}

/** A process that is only kept must not keep this one from its end. */
function keepUnreferenced(child: ChildProcessWithoutNullStreams): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    (stream as { unref?: () => void }).unref?.();
}
