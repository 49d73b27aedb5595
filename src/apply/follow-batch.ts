import { VcpuschedError } from '../errors.ts';
import { type Outcome, runBatch } from '../virsh/batch.ts';
import type { Command } from '../virsh/command.ts';
import type { Virsh } from '../virsh/runner.ts';

/** The monotonic clock, and a call after a while that the returned function takes back. */
export type Clock = {
  readonly nowMs: () => number;
  readonly after: (ms: number, call: () => void) => () => void;
};

/**
 * Runs a batch and ends it when a command does not answer. How long connecting takes does not count: the first answer
 * starts the clock. A virsh that says nothing until its end is never taken to be stuck.
 * @returns the outcomes, and the number of the command that did not answer
 */
export async function followBatch(
  virsh: Virsh,
  commands: readonly Command<unknown>[],
  { nowMs, after }: Clock,
): Promise<{ readonly outcomes: readonly Outcome<unknown>[]; readonly stuckAt: number | undefined }> {
  const stop = new AbortController();
  let slowestMs = 0;
  let lastMs: number | undefined;
  let ended = 0;
  let cancel = () => {};
  const onEnded = (count: number) => {
    const now = nowMs();
    slowestMs = Math.max(slowestMs, now - (lastMs ?? now));
    lastMs = now;
    ended = count;
    cancel();
    if (count === commands.length) return;
    cancel = after(Math.max(patienceMs, patience * slowestMs), () => {
      // What has come meanwhile is read before a second timer fires, however late this process is.
      cancel = after(graceMs, () => stop.abort());
    });
  };
  try {
    const { outcomes } = await runBatch(virsh, commands, stop.signal, onEnded);
    return { outcomes, stuckAt: stop.signal.aborted ? ended : undefined };
  } catch (error) {
    if (!(error instanceof VcpuschedError)) throw error;
    return { outcomes: commands.map(() => ({ ok: false, error: error.message })), stuckAt: undefined };
  } finally {
    cancel();
  }
}

/** A command takes below a millisecond locally, and a few round trips over a network. */
const patienceMs = 750;
/** How many times what the slowest command has taken so far. */
const patience = 5;
const graceMs = 50;
