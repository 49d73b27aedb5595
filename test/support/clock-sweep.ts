import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../src/session/context.ts';
import {
  balance,
  complaints,
  misplaced,
  noFault,
  prepare,
  runOn,
  type Start,
  type Swept,
  type SweptCommand,
  watchLog,
  wrongPins,
} from './fault-trial.ts';
import type { CarriedOut } from './faulty-virsh.ts';
import { type Jump, movableClock } from './movable-clock.ts';
import { boxed } from './sim-host.ts';

/**
 * Runs a command again and again. In the N-th run the clocks jump at the N-th moment, which is a virsh process or a sleep,
 * N = 1, 2, … until a run that has fewer. `vcpusched history` and `vcpusched restore` follow, by the clocks as they are.
 * @param folder for state files
 */
export async function* sweepClocks(
  folder: string,
  command: SweptCommand,
  isTried: (way: number, at: number) => boolean = () => true,
): AsyncGenerator<Swept> {
  const start = await prepare(join(folder, 'start'), command);
  const stateDir = join(folder, 'run');
  for (const [number, { name, jump }] of clockWays.entries()) {
    for (let at = 1; ; at++) {
      if (!isTried(number, at)) continue;
      cpSync(start.stateDir, stateDir, { recursive: true });
      const { isReached, broken } = await tryJump({ ...start, stateDir }, command, jump, at);
      rmSync(stateDir, { recursive: true });
      if (!isReached) break;
      yield { command: command.name, way: name, at, broken };
    }
  }
}

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;

export const clockWays: readonly { readonly name: string; readonly jump: Jump }[] = [
  { name: 'suspended for 8 h, CLOCK_MONOTONIC stands', jump: { wallMs: 8 * hourMs } },
  {
    name: 'suspended for 8 h, CLOCK_MONOTONIC goes on',
    jump: { wallMs: 8 * hourMs, monotonicMs: 8 * hourMs },
  },
  { name: 'CLOCK_MONOTONIC alone 8 h on', jump: { monotonicMs: 8 * hourMs } },
  { name: 'set forward by an hour', jump: { wallMs: hourMs } },
  { name: 'set back by an hour', jump: { wallMs: -hourMs } },
  { name: 'set forward by ten years', jump: { wallMs: 10 * yearMs } },
  { name: 'set back by ten years', jump: { wallMs: -10 * yearMs } },
  { name: 'set back to 1970', jump: { wallMs: -Date.UTC(2026, 0, 2) } },
  { name: 'stands still for three moments', jump: { stops: true } },
];

export const clockCommands: readonly SweptCommand[] = [
  { name: 'once', words: ['once', ...balance], runsBefore: 1 },
  { name: 'once --since-last', words: ['once', '--since-last', ...balance], runsBefore: 1 },
  { name: 'watch', words: ['watch', '5', '--cycles', '4', ...balance], runsBefore: 0, log: watchLog },
  { name: 'restore', words: ['restore'], runsBefore: 1 },
  { name: 'restore --last', words: ['restore', '--last'], runsBefore: 2 },
  {
    name: 'record',
    words: ['record', 'FILE', '--for', '15', '--every', '5'],
    runsBefore: 0,
    log: /^recorded /,
  },
];

async function tryJump(start: Start, { name, words, log }: SweptCommand, jump: Jump, at: number) {
  const host = boxed(start.host);
  const file = join(start.stateDir, 'recording');
  const inFile = words.map((word) => (word === 'FILE' ? file : word));
  const pins: CarriedOut[] = [];
  let count = 0;
  let sleptMs = 0;
  let later: Partial<Context> = {};

  const change = (context: Context): Partial<Context> => {
    const clock = movableClock(context);
    const tick = () => {
      if (++count === at) clock.jump(jump);
      // Two samples show the same time.
      if (count === at + 3) clock.resume();
    };
    later = clock.context;
    return {
      ...clock.context,
      sleepUntil: (timeMs, early) => {
        tick();
        sleptMs += Math.max(0, timeMs - clock.context.nowMs());
        return clock.context.sleepUntil(timeMs, early);
      },
      virsh: (options) => {
        const run = context.virsh(options);
        return (...args) => {
          tick();
          return run(...args);
        };
      },
    };
  };
  const ran = await runOn(host, start, inFile, noFault(pins), change);
  const nothing: CarriedOut[] = [];
  const after = (command: readonly string[]) =>
    runOn(host, start, command, noFault(nothing), ({ virsh }) => ({ ...later, virsh }));
  const next = name === 'record' ? await after(['report', file]) : await after(['history']);
  // The time that it was to record for is over with the first one.
  const isOneSample = name === 'record' && next.err.includes('no two samples');
  const restored = await after(['restore']);
  const broken = [
    ...complaints('', ran, log),
    ...wrongPins(pins),
    ...(ran.status === 0 ? [] : [`ended with ${ran.status}: ${ran.err}`]),
    ...(sleptMs > 60_000 ? [`slept for ${sleptMs} ms`] : []),
    ...complaints('afterwards: ', next),
    ...(next.status === 0 || isOneSample ? [] : [`afterwards it ended with ${next.status}: ${next.err}`]),
    ...complaints('restore: ', restored),
    ...(restored.status === 0 ? [] : [`restore ended with ${restored.status}: ${restored.err}`]),
    ...misplaced(host),
  ];
  return { isReached: count >= at, broken };
}
