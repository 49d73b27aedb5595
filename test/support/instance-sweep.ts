import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exitStatus } from '../../src/exit-status.ts';
import type { Context } from '../../src/session/context.ts';
import { folderOf } from '../../src/state/store.ts';
import { type DiskVerdict, decideDiskCalls } from './disk-calls.ts';
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
  watchLog,
  wrongPins,
} from './fault-trial.ts';
import type { CarriedOut } from './faulty-virsh.ts';
import { movableClock } from './movable-clock.ts';
import { boxed } from './sim-host.ts';

/**
 * Runs two commands on one connection. In the N-th run the first is held at its N-th virsh process or call of the file
 * system while the second runs to its end, N = 1, 2, … until a run that has fewer. `vcpusched restore` follows.
 * @param folder for state files
 */
export async function* sweepInstances(
  folder: string,
  pair: Pair,
  isTried: (way: number, at: number) => boolean = () => true,
): AsyncGenerator<Swept> {
  const start = await prepare(join(folder, 'start'), pair);
  const stateDir = join(folder, 'run');
  for (let at = 1; ; at++) {
    if (!isTried(0, at)) continue;
    cpSync(start.stateDir, stateDir, { recursive: true });
    const { isReached, broken, wasBusy } = await tryPair({ ...start, stateDir }, pair, at);
    rmSync(stateDir, { recursive: true });
    if (!isReached) break;
    yield { command: pair.name, way: wasBusy ? 'one has to give way' : 'both run', at, broken };
  }
}

export type Pair = {
  readonly name: string;
  readonly held: readonly string[];
  readonly other: readonly string[];
  /** whether the other one pins, and has to give way to one that has the lock */
  readonly otherPins: boolean;
  /** how many runs of `once` go before them */
  readonly runsBefore: number;
};

const once = ['once', ...balance];
const watch = ['watch', '5', '--cycles', '2', ...balance];

const pair = (name: string, held: readonly string[], other: readonly string[], runsBefore = 0): Pair => ({
  name,
  held,
  other,
  runsBefore,
  otherPins: ['once', 'watch', 'restore'].includes(other[0] ?? ''),
});

export const pairs: readonly Pair[] = [
  pair('once beside once', once, once),
  pair('once beside watch', watch, once),
  pair('restore beside watch', watch, ['restore'], 1),
  pair('restore beside once', once, ['restore'], 1),
  pair('once beside restore', ['restore'], once, 1),
  pair('restore beside restore --last', ['restore', '--last'], ['restore'], 2),
  pair('pause beside watch', watch, ['pause']),
  pair('status beside watch', watch, ['status'], 1),
  pair('history beside watch', watch, ['history'], 1),
];

/** What became of the two, in the order of the table. */
export const instanceWays = [{ name: 'both run' }, { name: 'one has to give way' }] as const;

async function tryPair(start: Start, { held, other, otherPins }: Pair, at: number) {
  const host = boxed(start.host);
  const pins: [CarriedOut[], CarriedOut[]] = [[], []];
  const lock = join(folderOf({ stateDir: start.stateDir, uri: 'qemu:///system' }), 'lock');
  let count = 0;
  let now = () => start.startMs;
  let late = (_: number) => undefined as unknown;
  let second: Ran | undefined;
  let isOver = true;
  let lockedBy: string | undefined;

  /** Holds the first one, the first time that it comes to this moment. */
  async function meet(): Promise<undefined> {
    if (!isOver || ++count !== at) return;
    isOver = false;
    lockedBy = withOtherPid(lock);
    const startMs = now();
    second = await runOn(host, { ...start, startMs }, other, noFault(pins[1]));
    late(second.nowMs - startMs);
    isOver = true;
  }

  const change = (context: Context): Partial<Context> => {
    const clock = movableClock(context);
    now = clock.context.nowMs;
    late = (ms) => clock.jump({ monotonicMs: ms, wallMs: ms });
    return {
      ...clock.context,
      virsh: (options) => {
        const run = context.virsh(options);
        return async (...args) => {
          await meet();
          return run(...args);
        };
      },
    };
  };
  const { result, leftOpen } = await decideDiskCalls<Ran>(
    dirname(lock),
    (): Promise<DiskVerdict> | undefined => (isOver ? meet() : undefined),
    () => runOn(host, start, held, noFault(pins[0]), change),
  );
  const [first] = [result];
  const restored = await runOn(host, { ...start, startMs: start.startMs + 7_200_000 }, ['restore']);
  const isReached = count >= at;
  const wasBusy = second?.status === exitStatus.busy || first?.status === exitStatus.busy;
  const broken = [
    ...leftOpen.map((path) => `left open: ${path}`),
    ...wrongPins(pins.flat()),
    ...ending('the first', first, pins[0]),
    ...ending('the second', second, pins[1]),
    ...(restored.status === 0 ? [] : [`restore ended with ${restored.status}: ${restored.err}`]),
    ...complaints('restore: ', restored),
    ...misplaced(host),
    // Nobody writes down that he has the lock before he has it.
    ...(lockedBy !== undefined && otherPins && second?.status !== exitStatus.busy
      ? [`${lockedBy.trim()} has the lock, and the second one ended with ${second?.status}`]
      : []),
  ];
  return { isReached, broken, wasBusy };
}

function ending(who: string, ran: Ran | undefined, pins: readonly CarriedOut[]): readonly string[] {
  if (ran === undefined) return [`${who} did not end`];
  const isWell = ran.status === exitStatus.done || (ran.status === exitStatus.busy && pins.length === 0);
  return [
    ...complaints(`${who}: `, ran, watchLog),
    ...lies(ran, pins),
    ...(isWell ? [] : [`${who} ended with ${ran.status}: ${ran.err}`]),
  ];
}

/**
 * Both run in this process, and one that finds its own number in a lock takes it for that of one that was killed: the
 * number becomes that of another process that is alive.
 * @returns who has the lock, as far as it says so
 */
function withOtherPid(lock: string): string | undefined {
  const holder = existsSync(lock) ? readFileSync(lock, 'utf8') : '';
  if (holder === '') return undefined;
  writeFileSync(lock, holder.replace(/^\d+/, String(process.ppid)));
  return holder;
}
