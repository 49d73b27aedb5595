import type { Virsh } from '../../src/virsh/runner.ts';
import { answerOf, guest, simHost } from '../support/sim-host.ts';
import { virshOf } from '../support/virsh-of.ts';

export type Process = { readonly commands: readonly string[]; readonly isEnded: boolean };

/**
 * A host on which each pin of some domains waits, and a virsh that says what it does as it does it. Time passes only
 * where all processes wait: then the timers fire, in order, and with none left the waits end.
 */
export function busyHost(domains: number, busy: (command: string) => 'no' | 'fails' | 'takes') {
  const host = simHost(
    4,
    Array.from({ length: domains }, (_, i) => guest(i, { demands: [10, 10] })),
  );
  const known = answerOf(host);
  const processes: { commands: string[]; isEnded: boolean }[] = [];
  const timers = new Map<() => void, number>();
  const waits: (() => void)[] = [];
  let nowMs = 0;
  let isIdle = false;

  /** Lets everything that can go on do so first. */
  function settle(): void {
    if (isIdle) return;
    isIdle = true;
    setImmediate(() => {
      isIdle = false;
      const [first] = [...timers].sort(([, a], [, b]) => a - b);
      if (first !== undefined) {
        timers.delete(first[0]);
        nowMs = first[1];
        first[0]();
      } else if (waits.length > 0) {
        nowMs += 30_000;
        for (const end of waits.splice(0)) end();
      } else return;
      settle();
    });
  }

  const virsh: Virsh = async (args, signal, onOutput) => {
    const process = { commands: [] as string[], isEnded: false };
    processes.push(process);
    const stdout: string[] = [];
    const stderr: string[] = [];
    for (const command of (args[0] ?? '').split(';')) {
      signal?.throwIfAborted();
      const isMark = command.startsWith('echo ');
      if (!isMark) process.commands.push(command);
      const how = isMark ? 'no' : busy(command);
      if (how !== 'no') {
        settle();
        await new Promise<void>((resolve, reject) => {
          waits.push(resolve);
          signal?.addEventListener('abort', () => {
            process.isEnded = true;
            reject(signal.reason);
          });
        });
      }
      const refusal = { stderr: 'error: Timed out during operation: cannot acquire state change lock\n' };
      const one = virshOf(
        (each) => (how === 'fails' ? refusal : known(each)),
        () => nowMs,
      );
      const said = await one.virsh([command]);
      stdout.push(said.stdout);
      stderr.push(said.stderr);
      if (said.stdout !== '') onOutput?.('stdout', said.stdout, nowMs);
      if (said.stderr !== '') onOutput?.('stderr', said.stderr, nowMs);
    }
    return { stdout: stdout.join(''), stderr: stderr.join(''), exitCode: 0, firstStderrAtMs: nowMs };
  };
  const clock = {
    nowMs: () => nowMs,
    after: (ms: number, call: () => void) => {
      timers.set(call, nowMs + ms);
      settle();
      return () => void timers.delete(call);
    },
  };
  const pinned = () => host.domains.map(({ vcpus }) => vcpus[0]?.pinned?.join());
  return { virsh, clock, processes: processes as readonly Process[], pinned, now: () => nowMs };
}
