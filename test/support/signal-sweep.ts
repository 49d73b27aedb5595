import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../src/session/context.ts';
import { decideDiskCalls, type Life } from './disk-calls.ts';
import {
  balance,
  complaints,
  lies,
  misplaced,
  noFault,
  prepare,
  type Ran,
  runOn,
  type Start,
  type Swept,
  type SweptCommand,
  watchLog,
  wrongPins,
} from './fault-trial.ts';
import type { CarriedOut } from './faulty-virsh.ts';
import { boxed, type SimHost } from './sim-host.ts';

/**
 * Runs a command again and again. In the N-th run a signal comes at the N-th moment, which is a virsh process, a call of
 * the file system or a sleep, N = 1, 2, … until a run that has fewer. `vcpusched restore` follows; a program that was
 * killed is started once more before that.
 * @param folder for state files
 */
export async function* sweepSignals(
  folder: string,
  command: SweptCommand,
  isTried: (way: number, at: number) => boolean = () => true,
): AsyncGenerator<Swept> {
  const start = await prepare(join(folder, 'start'), command);
  const stateDir = join(folder, 'run');
  for (const [number, way] of signalWays.entries()) {
    if (way.name.startsWith('SIGHUP') && !command.name.startsWith('watch')) continue;
    for (let at = 1; ; at++) {
      if (!isTried(number, at)) continue;
      cpSync(start.stateDir, stateDir, { recursive: true });
      const fault: SignalFault = { way, at, count: 0, pins: [] };
      const broken = await trySignal({ ...start, stateDir }, command, fault);
      rmSync(stateDir, { recursive: true });
      if (fault.count < at) break;
      yield { command: command.name, way: way.name, at, broken };
    }
  }
}

/** What comes when. */
export type SignalWay = {
  readonly name: string;
  /** the moments at which it can come */
  readonly at: readonly Moment[];
  readonly signal: 'SIGTERM' | 'SIGHUP' | 'SIGKILL';
  /** how much of what virsh is to do it still does; all, where it is not said */
  readonly virshDoes?: 'half';
};

type Moment = 'virsh' | 'in virsh' | 'disk' | 'sleep';

const outside: readonly Moment[] = ['virsh', 'disk', 'sleep'];

export const signalWays: readonly SignalWay[] = [
  { name: 'SIGTERM before it', at: outside, signal: 'SIGTERM' },
  { name: 'SIGTERM while virsh runs', at: ['in virsh'], signal: 'SIGTERM' },
  { name: 'SIGHUP before it', at: outside, signal: 'SIGHUP' },
  { name: 'SIGKILL before it', at: ['virsh', 'sleep'], signal: 'SIGKILL' },
  { name: 'SIGKILL, and virsh goes on', at: ['in virsh'], signal: 'SIGKILL' },
  { name: 'SIGKILL, also of virsh', at: ['in virsh'], signal: 'SIGKILL', virshDoes: 'half' },
];

export const signalledCommands: readonly SweptCommand[] = [
  { name: 'once', words: ['once', ...balance], runsBefore: 0 },
  { name: 'watch', words: ['watch', '5', '--cycles', '2', ...balance], runsBefore: 0, log: watchLog },
  {
    name: 'watch --restore-on-exit',
    words: ['watch', '5', '--cycles', '2', ...balance, '--restore-on-exit'],
    runsBefore: 0,
    log: watchLog,
  },
  { name: 'restore', words: ['restore'], runsBefore: 1 },
  { name: 'restore --last', words: ['restore', '--last'], runsBefore: 2 },
  {
    name: 'record',
    words: ['record', 'FILE', '--for', '10', '--every', '5'],
    runsBefore: 0,
    log: /^recorded /,
  },
];

type SignalFault = {
  readonly way: SignalWay;
  readonly at: number;
  count: number;
  readonly pins: CarriedOut[];
};

async function trySignal(
  start: Start,
  command: SweptCommand,
  fault: SignalFault,
): Promise<readonly string[]> {
  const host = boxed(start.host);
  const words = command.words.map((word) => (word === 'FILE' ? join(start.stateDir, 'recording') : word));
  const { result: ran, leftOpen } = await runSignalled(host, start, words, fault);
  const broken = [...wrongPins(fault.pins), ...leftOpen.map((path) => `left open: ${path}`)];
  const isReached = fault.count >= fault.at;
  if (ran !== undefined) {
    broken.push(...complaints('', ran, command.log), ...lies(ran, fault.pins));
    if (fault.way.signal === 'SIGHUP' && ran.status !== 0) broken.push(`ended with ${ran.status}`);
    // Whatever it was told, and whenever.
    if (words.includes('--restore-on-exit') && ran.status === 0) broken.push(...misplaced(host));
  } else if (isReached) {
    const again = await runOn(host, { ...start, startMs: start.startMs + 3_600_000 }, words);
    broken.push(...complaints('again: ', again, command.log));
    if (again.status !== 0) broken.push(`again it ended with ${again.status}: ${again.err}`);
  }
  const restored = await runOn(host, { ...start, startMs: start.startMs + 7_200_000 }, ['restore']);
  if (restored.status !== 0) broken.push(`restore ended with ${restored.status}: ${restored.err}`);
  return [...broken, ...complaints('restore: ', restored), ...misplaced(host)];
}

function runSignalled(host: SimHost, start: Start, words: readonly string[], fault: SignalFault) {
  let stop: AbortController | undefined;
  const hangups: (() => void)[] = [];
  /** Whether the program is dead from now on. */
  const isEnd = (moment: Moment): boolean => {
    const { way, at } = fault;
    if (!way.at.includes(moment) || ++fault.count !== at) return false;
    // As src/main.ts has it.
    if (way.signal === 'SIGHUP' && hangups.length > 0) for (const call of hangups) call();
    else if (way.signal !== 'SIGKILL') stop?.abort();
    return way.signal === 'SIGKILL';
  };
  const change =
    ({ die, isKilled }: Life) =>
    (context: Context, controller: AbortController): Partial<Context> => {
      stop = controller;
      return {
        onHangup: (call) => void hangups.push(call),
        sleepUntil: async (...args) => (isKilled() || isEnd('sleep') ? die() : context.sleepUntil(...args)),
        virsh: (options) => {
          const run = context.virsh(options);
          return async (args, signal, onOutput) => {
            if (isKilled() || isEnd('virsh')) return die();
            // The one that is killed with it: `half` of its commands are carried out.
            const isLast = isEnd('in virsh');
            const done = isLast && fault.way.virshDoes === 'half' ? args.map(firstHalf) : args;
            const output = await run(done, undefined, onOutput);
            if (isLast) return die();
            signal?.throwIfAborted();
            return output;
          };
        },
      };
    };
  return decideDiskCalls<Ran>(
    start.stateDir,
    () => (isEnd('disk') ? 'killed' : undefined),
    (life) => runOn(host, start, words, noFault(fault.pins), change(life)),
  );
}

function firstHalf(text: string): string {
  const commands = text.split(';');
  return commands.slice(0, commands.length >> 1).join(';');
}
