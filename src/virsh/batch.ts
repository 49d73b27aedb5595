import { randomBytes } from 'node:crypto';
import type { Command } from './command.ts';
import { stderrText, virshFailure } from './failures.ts';
import type { Virsh, VirshOutput } from './runner.ts';

/** How one command of a batch ended. `error` is virsh's complaint, or what was wrong with its output. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string };

type Outcomes<C extends readonly Command<unknown>[]> = {
  readonly [K in keyof C]: C[K] extends Command<infer T> ? Outcome<T> : never;
};

/**
 * Runs commands about each of some items, and a few before them: in one virsh process, unless one argument cannot
 * hold them all.
 * @throws {VcpuschedError} where virsh could not be run or not connect
 */
export async function runAbout<
  I,
  const C extends readonly Command<unknown>[],
  const F extends readonly Command<unknown>[],
>(
  virsh: Virsh,
  first: F,
  items: readonly I[],
  commandsOf: (item: I) => C,
  signal?: AbortSignal,
): Promise<BatchResult<F> & { readonly about: ReadonlyMap<I, Outcomes<C>> }> {
  const run = (commands: readonly Command<unknown>[]) => runBatch(virsh, commands, signal);
  const [together = [], ...more] = cutBatches(items, commandsOf);
  const { outcomes, firstEndedAtMs } = await run([...first, ...together.flatMap(commandsOf)]);
  const told = outcomes.slice(first.length);
  for (const group of more) told.push(...(await run(group.flatMap(commandsOf))).outcomes);
  return {
    outcomes: outcomes.slice(0, first.length) as unknown as Outcomes<F>,
    about: outcomesByItem(items, commandsOf, told),
    firstEndedAtMs,
  };
}

/** The outcomes of commands that were run for each item, taken apart by item again. */
function outcomesByItem<I, const C extends readonly Command<unknown>[]>(
  items: readonly I[],
  commandsOf: (item: I) => C,
  outcomes: readonly Outcome<unknown>[],
): ReadonlyMap<I, Outcomes<C>> {
  const left = [...outcomes].reverse();
  const taken = (item: I) => commandsOf(item).map(() => left.pop()) as unknown as Outcomes<C>;
  return new Map(items.map((item) => [item, taken(item)]));
}

export type BatchResult<C extends readonly Command<unknown>[]> = {
  readonly outcomes: Outcomes<C>;
  /** monotonic milliseconds at which the first command had ended */
  readonly firstEndedAtMs: number;
};

/**
 * Runs commands in one virsh process, each with its own outcome.
 *
 * virsh parses the whole string first, goes on after a command that failed, and its exit status is that of
 * the last one alone; so each command is followed by a mark on stdout and one on stderr, and what stands
 * between two marks is the command's own. The mark cannot be guessed, since a domain's name may hold a
 * newline and anything after it. (virsh 7.0 to 9.0; `echo` without --split, which 7.0 lacks.)
 * @param onEnded is told how many of the commands have ended, as they do; then what virsh had said until `signal`
 *   ended it is the answer, and not lost
 * @throws {VcpuschedError} where virsh could not be run or not connect
 */
export async function runBatch<const C extends readonly Command<unknown>[]>(
  virsh: Virsh,
  commands: C,
  signal?: AbortSignal,
  onEnded?: (count: number) => void,
): Promise<BatchResult<C>> {
  const mark = randomBytes(4).toString('hex');
  const text = commands.map(({ words }, i) => `${words.map(safeWord).join(' ')};${marks(mark, i)}`).join(';');
  const { stdout, stderr, firstStderrAtMs } = await (onEnded === undefined
    ? virsh([text], signal)
    : runFollowed(virsh, text, mark, signal, onEnded));
  const out = sections(stdout, mark, '');
  const err = sections(stderr, mark, 'error: ');
  if (err.length === 0) throw virshFailure('virsh did not run the commands', stderrText(stderr));
  const outcomes = commands.map((command, i) => outcome(command, out[i], err[i]));
  return { outcomes: outcomes as unknown as Outcomes<C>, firstEndedAtMs: firstStderrAtMs };
}

/** `echo --err` empties the buffer of stdout first (vshError in libvirt), so what stands before its mark is there. */
async function runFollowed(
  virsh: Virsh,
  text: string,
  mark: string,
  signal: AbortSignal | undefined,
  onEnded: (count: number) => void,
): Promise<Pick<VirshOutput, 'stdout' | 'stderr' | 'firstStderrAtMs'>> {
  const said = { stdout: '', stderr: '', firstStderrAtMs: Number.NaN };
  let count = 0;
  let from = 0;
  const onOutput = (stream: 'stdout' | 'stderr', chunk: string) => {
    said[stream] += chunk;
    const before = count;
    for (;;) {
      const line = `error: ${mark}.${count}\n`;
      const at = said.stderr.indexOf(line, from);
      if (at < 0) break;
      from = at + line.length;
      count++;
    }
    if (count > before) onEnded(count);
  };
  try {
    return await virsh([text], signal, onOutput);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    return said;
  }
}

/** What of a batch one argument can hold: Linux allows 131,072 bytes (MAX_ARG_STRLEN), the final NUL included. */
const maxBatchBytes = 130_000;
const marksBytes = '; echo 12345678.9999; echo --err 12345678.9999; '.length;

/** Cuts items into groups whose commands one argument each can hold; nearly always one group. */
export function cutBatches<T>(
  items: readonly T[],
  commandsOf: (item: T) => readonly Command<unknown>[],
): T[][] {
  const groups: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const size = commandsOf(item).reduce(
      (sum, command) => sum + command.words.join(' ').length + marksBytes,
      0,
    );
    if (bytes + size > maxBatchBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(item);
    bytes += size;
  }
  return groups;
}

/** Only what the code itself formatted may stand in a batch: UUIDs, integers, CPU lists, options. Never a name. */
function safeWord(word: string): string {
  if (!/^[A-Za-z0-9,^-]+$/.test(word)) throw new Error(`not for a virsh batch: ${JSON.stringify(word)}`);
  return word;
}

function marks(mark: string, i: number): string {
  return `echo ${mark}.${i};echo --err ${mark}.${i}`;
}

/** What stands before each mark, in the order of the marks; what follows the last one is dropped. */
function sections(text: string, mark: string, prefix: string): string[] {
  const found: string[] = [];
  let from = 0;
  for (let i = 0; ; i++) {
    const line = `${prefix}${mark}.${i}\n`;
    const at = text.startsWith(line, from) ? from : text.indexOf(`\n${line}`, from) + 1;
    if (at === 0 && !text.startsWith(line)) return found;
    found.push(text.slice(from, at));
    from = at + line.length;
  }
}

function outcome<T>(command: Command<T>, stdout: string | undefined, stderr: string | undefined): Outcome<T> {
  const complaint = stderrText(stderr ?? '');
  if (stdout === undefined || stderr === undefined) {
    return {
      ok: false,
      error: complaint || `the output of virsh ended before that of '${command.words[0]}'`,
    };
  }
  if (complaint !== '') return { ok: false, error: complaint };
  try {
    return { ok: true, value: command.parse(stdout) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
