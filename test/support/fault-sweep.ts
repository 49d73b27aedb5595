import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exitStatus } from '../../src/exit-status.ts';
import { formatCpuSet } from '../../src/model/cpu-set.ts';
import {
  balance,
  complaints,
  misplaced,
  prepare,
  runOn,
  type Start,
  type Swept,
  type SweptCommand,
  watchLog,
  wrongPins,
} from './fault-trial.ts';
import { byHand, type Fault, ways } from './faulty-virsh.ts';
import { openInMemory } from './open-in-memory.ts';
import { boxed } from './sim-host.ts';

/**
 * Runs a command again and again on a host in memory. In the N-th run the N-th virsh command that the way fits goes
 * wrong, N = 1, 2, … until a run in which it never comes to that. After each run the host is well again, and
 * `vcpusched restore` follows.
 * @param folder for state files
 * @param isTried which of the commands of a run are tried; the last one always is, and those that only a fault brings
 */
export async function* sweepFaults(
  folder: string,
  command: SweptCommand,
  isTried: (way: number, at: number) => boolean = () => true,
): AsyncGenerator<Swept> {
  const start = await prepare(join(folder, 'start'), command);
  const attempt = async (fault: Fault) => {
    const stateDir = join(folder, 'run');
    cpSync(start.stateDir, stateDir, { recursive: true });
    const broken = await tryFault({ ...start, stateDir }, command, fault);
    rmSync(stateDir, { recursive: true });
    return broken;
  };
  for (const [i, way] of ways.entries()) {
    const without: Fault = { way, at: Number.NaN, count: 0, touched: undefined, pins: [] };
    await attempt(without);
    for (let at = 1; ; at++) {
      if (at < without.count && !isTried(i, at)) continue;
      const fault: Fault = { ...without, at, count: 0, pins: [] };
      const broken = await attempt(fault);
      if (fault.count < at) break;
      yield { command: command.name, way: way.name, at, broken };
    }
  }
}

export const sweptCommands: readonly SweptCommand[] = [
  { name: 'once', words: ['once', ...balance], runsBefore: 0 },
  {
    name: 'watch',
    words: ['watch', '5', '--cycles', '2', ...balance],
    runsBefore: 0,
    log: watchLog,
  },
  {
    name: 'watch, virsh kept open',
    words: ['watch', '5', '--cycles', '3', ...balance],
    runsBefore: 0,
    log: watchLog,
    isOpen: true,
  },
  { name: 'restore', words: ['restore'], runsBefore: 1 },
  { name: 'restore --last', words: ['restore', '--last'], runsBefore: 2 },
  {
    name: 'record',
    words: ['record', 'FILE', '--for', '5', '--every', '5'],
    runsBefore: 0,
    log: /^recorded /,
  },
];

async function tryFault(start: Start, command: SweptCommand, fault: Fault): Promise<readonly string[]> {
  const host = boxed(start.host);
  const words = command.words.map((word) =>
    word === 'FILE' ? join(start.stateDir, 'recording.ndjson') : word,
  );
  const faulty = await runOn(host, start, words, fault, ({ virsh }) =>
    command.isOpen === true ? { openVirsh: openInMemory(virsh) } : {},
  );
  host.online = start.host.online;
  // Where nothing was ever pinned, all is to be as it was without a restore.
  const isPinned = fault.pins.length > 0 || command.runsBefore > 0;
  const restored = isPinned
    ? await runOn(host, { ...start, startMs: faulty.nowMs }, ['restore'])
    : { ...faulty, status: exitStatus.done, err: '', internal: undefined };
  return [
    ...complaints('', faulty, command.log),
    ...complaints('restore: ', restored),
    ...wrongPins(fault.pins),
    ...(restored.status === 0 ? [] : [`restore ended with ${restored.status}: ${restored.err}`]),
    ...misplaced(host, excuseOf(fault, faulty.err + restored.err)),
  ];
}

/**
 * A vCPU that somebody else has pinned may be where that one pinned it; one that libvirt says to be elsewhere is
 * somebody's for all that vcpusched can know, and may stay if that is told.
 */
function excuseOf({ touched, way }: Fault, told: string): Parameters<typeof misplaced>[1] {
  return ({ name, uuid, vcpu, mask }) => {
    if (uuid !== touched) return false;
    if (way.touches === 'pins') return mask === formatCpuSet(byHand);
    return way.touches === 'belief' && told.includes(`vcpusched: left alone: ${name} vCPU ${vcpu}: `);
  };
}
