import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VcpuschedError } from '../../src/errors.ts';
import { readRecording } from '../../src/state/read-recording.ts';
import { decideDiskCalls } from './disk-calls.ts';
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
import { type DiskFault, diskWays, verdictOf } from './faulty-disk.ts';
import { boxed, type SimHost } from './sim-host.ts';

/**
 * Runs a command again and again. In the N-th run the N-th call of the file system that the way fits goes wrong, N = 1,
 * 2, … until a run in which it never comes to that. The disk is well again after it, and `vcpusched restore` follows; a
 * program that was killed is started once more before that.
 * @param folder for all files
 * @param isTried which of the cases: all, or a part of them
 */
export async function* sweepDisk(
  folder: string,
  command: DiskCommand,
  isTried: (way: number, at: number) => boolean = () => true,
): AsyncGenerator<Swept> {
  const start = await prepareDisk(join(folder, 'start'), command);
  const place = join(folder, 'run');
  for (const [number, way] of diskWays.entries()) {
    for (let at = 1; ; at++) {
      if (!isTried(number, at)) continue;
      cpSync(join(folder, 'start'), place, { recursive: true });
      const fault: DiskFault = { way, at, count: 0, pins: [] };
      const broken = await tryFault({ ...start, stateDir: join(place, 'state') }, place, command, fault);
      rmSync(place, { recursive: true });
      if (fault.count < at) break;
      yield { command: command.name, way: way.name, at, broken };
    }
  }
}

/** A command whose files are in a folder, DIR in its words. */
export type DiskCommand = SweptCommand & {
  /** what goes before it, besides the runs of `once` */
  readonly before?: readonly string[];
  /** the recording that it writes */
  readonly recording?: string;
};

const configured = ['--config', 'DIR/config.toml'];
const toRecord = ['--for', '10', '--every', '5'];

export const diskCommands: readonly DiskCommand[] = [
  { name: 'once', words: ['once', ...balance, ...configured, '--trace', 'DIR/trace'], runsBefore: 0 },
  { name: 'once --since-last', words: ['once', '--since-last', ...balance], runsBefore: 1 },
  {
    name: 'watch',
    words: ['watch', '5', '--cycles', '2', ...balance, '--metrics-file', 'DIR/metrics.prom'],
    runsBefore: 0,
    log: watchLog,
  },
  { name: 'restore', words: ['restore'], runsBefore: 1 },
  { name: 'restore --last', words: ['restore', '--last'], runsBefore: 2 },
  {
    name: 'record',
    words: ['record', 'DIR/recording', ...toRecord],
    runsBefore: 0,
    log: /^recorded /,
    recording: 'recording',
  },
  {
    name: 'record, rotated',
    words: ['record', 'DIR/recording.gz', ...toRecord, '--max-size', '1K'],
    before: ['record', 'DIR/recording.gz', ...toRecord],
    runsBefore: 0,
    log: /^recorded /,
    recording: 'recording.gz',
  },
  { name: 'pause', words: ['pause'], runsBefore: 1 },
  { name: 'resume', words: ['resume'], before: ['pause'], runsBefore: 1 },
  {
    name: 'report',
    words: ['report', 'DIR/recording', '--html', 'DIR/page.html'],
    before: ['record', 'DIR/recording', ...toRecord],
    runsBefore: 0,
  },
];

async function prepareDisk(folder: string, { runsBefore, before }: DiskCommand): Promise<Start> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'config.toml'), 'high = 90\n');
  const start = await prepare(join(folder, 'state'), { runsBefore });
  if (before === undefined) return start;
  const { host, nowMs } = await runOn(boxed(start.host), start, inFolder(folder, before));
  return { ...start, host: host.now, startMs: nowMs };
}

function inFolder(folder: string, words: readonly string[]): readonly string[] {
  return words.map((word) => word.replace(/^DIR(?=\/)/, folder));
}

async function tryFault(
  start: Start,
  folder: string,
  command: DiskCommand,
  fault: DiskFault,
): Promise<readonly string[]> {
  const host = boxed(start.host);
  const words = inFolder(folder, command.words);
  const { ran, leftOpen } = await runOnDisk(host, start, folder, words, fault);
  const startMs = ran?.nowMs ?? start.startMs + 3_600_000;
  const broken = [
    ...wrongPins(fault.pins),
    ...leftOpen.filter((path) => !path.endsWith('/trace')).map((path) => `left open: ${path}`),
  ];
  if (ran !== undefined) broken.push(...complaints('', ran, command.log), ...lies(ran, fault.pins));
  if (ran === undefined || command.recording !== undefined) {
    const again = await runOn(host, { ...start, startMs }, words);
    broken.push(...complaints('again: ', again, command.log));
    if (again.status !== 0) broken.push(`again it ended with ${again.status}: ${again.err}`);
  }
  const restored = await runOn(host, { ...start, startMs: startMs + 60_000 }, ['restore']);
  if (restored.status !== 0) broken.push(`restore ended with ${restored.status}: ${restored.err}`);
  broken.push(...complaints('restore: ', restored), ...misplaced(host));
  if (ran !== undefined) broken.push(...brokenLines(join(folder, 'trace')));
  if (command.recording !== undefined) broken.push(...(await torn(join(folder, command.recording))));
  return broken;
}

async function runOnDisk(
  host: SimHost,
  start: Start,
  folder: string,
  words: readonly string[],
  fault: DiskFault,
): Promise<{ readonly ran: Ran | undefined; readonly leftOpen: readonly string[] }> {
  const { result, leftOpen } = await decideDiskCalls(
    folder,
    (call) => verdictOf(fault, call),
    ({ die, isKilled }) =>
      runOn(host, start, words, noFault(fault.pins), ({ virsh }) => ({
        virsh: (options) => {
          const run = virsh(options);
          return (...args) => (isKilled() ? die() : run(...args));
        },
      })),
  );
  return { ran: result, leftOpen };
}

/** Only the last line may be half. */
function brokenLines(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.filter((line) => !isJson(line)).map((line) => `${file} has the line ${line.slice(0, 80)}`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function torn(file: string): Promise<readonly string[]> {
  try {
    const kinds = new Set<string>();
    for await (const { kind } of readRecording(file)) kinds.add(kind);
    return kinds.has('torn') ? [`${file} has half a line`] : [];
  } catch (error) {
    if (!(error instanceof VcpuschedError)) throw error;
    return [error.message];
  }
}
