import { randomBytes } from 'node:crypto';
import type { Command } from './command.ts';
import { cutAnswers, echoMarks } from './cut-answers.ts';
import { batchFailure, complaintAndRemarks } from './failures.ts';
import type { Virsh, VirshOutput } from './runner.ts';

/** How one command of a batch ended. `error` is virsh's complaint, or what was wrong with its output. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string };

type Outcomes<C extends readonly Command<unknown>[]> = {
  readonly [K in keyof C]: C[K] extends Command<infer T> ? Outcome<T> : never;
};

/** What there is to run besides what is asked about items. */
type Around<F, L, E> = {
  /** stands first, all in the first process */
  readonly first: F;
  /** stands behind all else */
  readonly last?: E;
  /** stands right behind the first of them, so that it is of the same time; what has no room there goes into the next process */
  readonly beside?: readonly Command<L>[];
};

/**
 * Runs commands about each of some items, and others before and behind them: in one virsh process, unless one argument
 * cannot hold them all.
 * @throws {VcpuschedError} where virsh could not be run or not connect
 */
export async function runAbout<
  I,
  const C extends readonly Command<unknown>[],
  const F extends readonly Command<unknown>[],
  L = never,
  const E extends readonly Command<unknown>[] = readonly [],
>(
  virsh: Virsh,
  { first, beside = [], last }: Around<F, L, E>,
  items: readonly I[],
  commandsOf: (item: I) => C,
  signal?: AbortSignal,
): Promise<
  BatchResult<F> & {
    readonly about: ReadonlyMap<I, Outcomes<C>>;
    readonly beside: readonly Outcome<L>[];
    readonly last: Outcomes<E>;
  }
> {
  const [head, ...tail] = first;
  const [near = [], ...far] = batchesThatFit(beside, (command) => [command], bytesOf(first));
  const behind: readonly Command<unknown>[] = last ?? [];
  const groups = [...far.flat().map((command) => [command]), ...items.map(commandsOf), behind];
  const [together = [], ...more] = batchesThatFit(groups, (group) => group, bytesOf([...first, ...near]));
  const heads = head === undefined ? [] : [head];
  const one = await runBatch(virsh, [...heads, ...near, ...tail, ...together.flat()], signal);
  const outcomes: Outcome<unknown>[] = [...one.outcomes];
  const remarks = [...one.remarks];
  for (const group of more) {
    const next = await runBatch(virsh, group.flat(), signal);
    outcomes.push(...next.outcomes);
    remarks.push(...next.remarks);
  }
  const ofLast = outcomes.splice(outcomes.length - behind.length);
  const ofFirst = outcomes.splice(0, heads.length);
  const ofBeside = outcomes.splice(0, near.length);
  ofFirst.push(...outcomes.splice(0, tail.length));
  ofBeside.push(...outcomes.splice(0, beside.length - near.length));
  return {
    outcomes: ofFirst as unknown as Outcomes<F>,
    about: outcomesByItem(items, commandsOf, outcomes),
    beside: ofBeside as readonly Outcome<L>[],
    last: ofLast as unknown as Outcomes<E>,
    remarks,
    firstEndedAtMs: one.firstEndedAtMs,
  };
}

/** Finds the outcome of each of some commands, by the command itself. */
export type Answers = <T>(command: Command<T>) => Outcome<T>;

/** @throws where a command is not among those that were run */
export function answersTo(
  commands: readonly Command<unknown>[],
  outcomes: readonly Outcome<unknown>[],
): Answers {
  return <T>(command: Command<T>) => {
    const outcome = outcomes[commands.indexOf(command)];
    if (outcome === undefined) throw new Error(`not asked: ${command.words.join(' ')}`);
    return outcome as Outcome<T>;
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
  /** what stood on stderr and was no complaint of virsh's, a line each: of a loader, a wrapper, a log */
  readonly remarks: readonly string[];
  /** monotonic milliseconds at which the first command had ended, by its mark: whatever a loader or a log says before it */
  readonly firstEndedAtMs: number;
};

/**
 * Runs commands in one virsh process, each with its own outcome.
 *
 * virsh parses the whole string first, goes on after a command that failed, and its exit status is that of
 * the last one alone; so each command is followed by a mark on stdout and one on stderr, and what stands
 * between two marks is the command's own. The mark cannot be guessed, since a domain's name may hold a
 * newline and anything after it. (virsh 7.0 to 9.0; `echo` without --split, which 7.0 lacks.) An answer
 * without its mark is none.
 * @param onEnded is told how many of the commands have ended, as they do; then what virsh had said until `signal`
 *   ended it is the answer, and not lost
 * @throws {BatchRefused} where virsh ran none of the commands
 * @throws {VcpuschedError} where virsh could not be run or not connect
 */
export async function runBatch<const C extends readonly Command<unknown>[]>(
  virsh: Virsh,
  commands: C,
  signal?: AbortSignal,
  onEnded?: (count: number) => void,
): Promise<BatchResult<C>> {
  const mark = randomBytes(4).toString('hex');
  const text = commands
    .map(({ words }, i) => `${words.map(safeWord).join(' ')};${echoMarks(mark, i)}`)
    .join(';');
  const { stdout, stderr, firstEndedAtMs } = await runMarked(virsh, text, mark, signal, onEnded);
  const out = cutAnswers(stdout, mark, '');
  const err = cutAnswers(stderr, mark, 'error: ');
  if (err.length === 0) throw batchFailure(stderr);
  const said = commands.map((_, i) => complaintAndRemarks(err[i] ?? ''));
  const outcomes = commands.map((command, i) => outcome(command, out[i], err[i] && said[i]?.complaint));
  return {
    outcomes: outcomes as unknown as Outcomes<C>,
    remarks: said.flatMap(({ remarks }) => remarks),
    firstEndedAtMs,
  };
}

/**
 * Counts the marks on stderr as they come. `echo --err` empties the buffer of stdout first (vshError in libvirt), so what
 * stands before its mark is there.
 */
async function runMarked(
  virsh: Virsh,
  text: string,
  mark: string,
  signal: AbortSignal | undefined,
  onEnded: ((count: number) => void) | undefined,
): Promise<Pick<VirshOutput, 'stdout' | 'stderr'> & { readonly firstEndedAtMs: number }> {
  const said = { stdout: '', stderr: '' };
  let firstMarkAtMs: number | undefined;
  let count = 0;
  let from = 0;
  const onOutput = (stream: 'stdout' | 'stderr', chunk: string, atMs: number) => {
    if (stream === 'stderr' || onEnded !== undefined) said[stream] += chunk;
    const before = count;
    for (;;) {
      const line = `error: ${mark}.${count}\n`;
      const at = said.stderr.indexOf(line, from);
      if (at < 0) break;
      from = at + line.length;
      firstMarkAtMs ??= atMs;
      count++;
    }
    if (count > before) onEnded?.(count);
  };
  try {
    const { stdout, stderr, firstStderrAtMs } = await virsh([text], signal, onOutput);
    return { stdout, stderr, firstEndedAtMs: firstMarkAtMs ?? firstStderrAtMs };
  } catch (error) {
    if (signal?.aborted !== true || onEnded === undefined) throw error;
    return { ...said, firstEndedAtMs: firstMarkAtMs ?? Number.NaN };
  }
}

/** What of a batch one argument can hold: Linux allows 131,072 bytes (MAX_ARG_STRLEN), the final NUL included. */
const maxBatchBytes = 130_000;
const marksBytes = '; echo 12345678.9999; echo --err 12345678.9999; '.length;

/**
 * Cuts items into groups whose commands one argument each can hold; nearly always one group.
 * @param takenBytes what stands in the first argument already
 */
export function batchesThatFit<T>(
  items: readonly T[],
  commandsOf: (item: T) => readonly Command<unknown>[],
  takenBytes = 0,
): T[][] {
  const groups: T[][] = [[]];
  let bytes = takenBytes;
  for (const item of items) {
    const size = bytesOf(commandsOf(item));
    if (bytes > 0 && bytes + size > maxBatchBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(item);
    bytes += size;
  }
  return items.length === 0 ? [] : groups;
}

function bytesOf(commands: readonly Command<unknown>[]): number {
  return commands.reduce((sum, { words }) => sum + words.join(' ').length + marksBytes, 0);
}

/** Only what the code itself formatted may stand in a batch: UUIDs, integers, CPU lists, options. Never a name. */
function safeWord(word: string): string {
  if (!/^[A-Za-z0-9,^_-]+$/.test(word)) throw new Error(`not for a virsh batch: ${JSON.stringify(word)}`);
  return word;
}

/** @param complaint what virsh said against it; undefined where what it said has no end */
function outcome<T>(
  command: Command<T>,
  stdout: string | undefined,
  complaint: string | undefined,
): Outcome<T> {
  if (stdout === undefined || complaint === undefined) {
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
