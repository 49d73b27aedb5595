import type { Context } from '../../src/session/context.ts';
import { runJob } from '../../src/session/run-job.ts';
import type { VirshOptions } from '../../src/virsh/virsh-options.ts';
import { temporaryDirectory } from './executable.ts';
import { answerOf, pass, type SimHost, simHost } from './sim-host.ts';
import { type Said, virshOf } from './virsh-of.ts';

/** A context whose time passes only while someone sleeps or virsh runs, on a simulated host. */
export type FakeContext = {
  readonly context: Context;
  readonly host: SimHost;
  readonly output: { readonly out: () => string; readonly err: () => string };
  readonly stop: AbortController;
  /** with which options virsh was made */
  readonly virshOptions: readonly VirshOptions[];
  /** the commands of each virsh process, and when it was started */
  readonly calls: readonly { readonly atMs: number; readonly commands: readonly string[] }[];
};

export type FakeContextOptions = {
  readonly host?: SimHost;
  readonly terminal?: Partial<Context['terminal']>;
  /** how long a virsh process takes */
  readonly virshMs?: (process: number) => number;
  /** comes before the host's own answer; may throw */
  readonly answer?: (command: string, process: number) => Said | undefined;
  /** what a command says in place of what the host says; undefined leaves that as it is */
  readonly edit?: (command: string, said: Said) => Said | undefined;
  /** called when someone goes to sleep */
  readonly onSleep?: (untilMs: number) => void;
  readonly stateDir?: string;
  readonly bootId?: () => string;
  /** what the clock shows at the start */
  readonly startMs?: number;
};

export function fakeContext({
  host = simHost(1, []),
  terminal,
  virshMs = () => 30,
  answer = () => undefined,
  edit = () => undefined,
  onSleep = () => undefined,
  stateDir = temporaryDirectory(),
  bootId = () => 'this-boot',
  startMs = 1000,
}: FakeContextOptions = {}): FakeContext {
  let now = startMs;
  const output = { out: '', err: '' };
  const stop = new AbortController();
  const virshOptions: VirshOptions[] = [];
  const calls: { atMs: number; commands: readonly string[] }[] = [];
  const wait = (ms: number) => {
    pass(host, ms);
    now += ms;
  };
  const context: Context = {
    nowMs: () => now,
    date: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5) + now),
    sleepUntil: async (timeMs) => {
      onSleep(timeMs);
      if (!stop.signal.aborted) wait(Math.max(0, timeMs - now));
    },
    after: () => () => undefined,
    readFile: async (path) => {
      if (path === '/proc/sys/kernel/random/boot_id') return `${bootId()}\n`;
      return path === '/sys/devices/system/cpu/online' ? `${host.online.join()}\n` : undefined;
    },
    virsh: (options) => {
      virshOptions.push(options);
      const hostAnswer = answerOf(host, options.readonly);
      return async (args, signal) => {
        const process = calls.length;
        const one = virshOf(
          (command) => {
            const said = answer(command, process) ?? hostAnswer(command);
            return edit(command, said) ?? said;
          },
          () => now,
        );
        const call = { atMs: now, commands: [] as readonly string[] };
        calls.push(call);
        wait(virshMs(process));
        try {
          return await one.virsh(args, signal);
        } finally {
          call.commands = one.calls[0] ?? [];
        }
      };
    },
    runJobs: async (jobs, _atATime, onCycle) =>
      Promise.all(jobs.map((job, i) => runJob(job, (cycle) => onCycle(i, cycle)))),
    runHook: async () => undefined,
    stateDir,
    isRoot: false,
    out: (text) => {
      output.out += text;
    },
    err: (text) => {
      output.err += text;
    },
    signal: stop.signal,
    terminal: { isTty: false, color: false, unicode: false, ...terminal },
  };
  return {
    context,
    host,
    output: { out: () => output.out, err: () => output.err },
    stop,
    virshOptions,
    calls,
  };
}
