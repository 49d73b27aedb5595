import type { Settings } from '../config/settings.ts';
import { hostReader } from '../host/host-reader.ts';
import type { Virsh } from '../virsh/runner.ts';
import { balanceSession } from './balance-session.ts';
import type { Session } from './cycle.ts';
import { openPinSession, type PinSession } from './pin-session.ts';
import { type PinReader, readPinSession } from './read-pin-session.ts';
import { topologyWarnings, unmatchedPatterns, warnings } from './warnings.ts';
import { createVirsh, type World } from './world.ts';

/**
 * Takes the first sample of a host, and the lock of its connection, so that cycles can follow.
 * @throws {VcpuschedError} as `openPinSession`; status 64 for a policy that there is not; where libvirt cannot be read
 */
export async function openSession(
  settings: Settings,
  world: World,
  command: 'once' | 'watch',
): Promise<Session<PinSession>> {
  const { uri, ...begun } = await begin(settings, world, 'pin', command === 'watch');
  const pins = await openPinSession(settings, begun.world, uri, command);
  begun.balance.recall(pins.pastMoves);
  return { ...begun, pins, before: pins.lastSample(begun.before) ?? begun.before };
}

/** The same for one that pins nothing: over a read-only connection, and without the lock. */
export async function readSession(
  settings: Settings,
  world: World,
): Promise<Session<PinReader> & { readonly virsh: Virsh }> {
  const { uri, ...begun } = await begin(settings, world, 'read', false);
  const pins = await readPinSession(settings, world, uri);
  begun.balance.recall(pins.pastMoves);
  return { ...begun, pins };
}

/**
 * Reads the host for the first time, and tells what is wrong with the settings for it. What cannot be known of the host
 * is told at the first sample of many, or at the second of two.
 */
async function begin(settings: Settings, outer: World, access: 'read' | 'pin', isRepeated: boolean) {
  const balance = balanceSession(settings, isRepeated && !settings.untilBalanced ? 'patient' : 'now');
  const { world, started } = countingProcesses(outer);
  const { nowMs, date, signal } = world;
  const virsh = createVirsh(settings, world, access);
  const reader = hostReader(virsh, world.readFile, settings.connect);
  const warn = (lines: readonly string[]) => {
    for (const line of settings.quiet ? [] : lines) world.err(`vcpusched: ${line}\n`);
  };
  const before = await reader.sample(signal);
  if (isRepeated) warn(warnings(before, settings));
  if (!settings.quiet) warn(await unmatchedPatterns(settings, virsh, signal, 'told'));
  const isTold = settings.verbose || world.terminal.isTty;
  return {
    clock: { nowMs, wallMs: () => date().getTime() },
    signal,
    sample: async () => {
      const snapshot = await reader.sample(signal);
      if (!isRepeated) warn(isTold ? warnings(snapshot, settings) : topologyWarnings(snapshot));
      return snapshot;
    },
    virshProcesses: started,
    balance,
    before,
    world,
    virsh,
    uri: reader.uri(),
  };
}

/** The same world, and how many virsh processes were started in it; a reader's fallback to read-write counts as none. */
function countingProcesses(outer: World): { readonly world: World; readonly started: () => number } {
  let count = 0;
  const virsh: World['virsh'] = (options) => {
    const run = outer.virsh(options);
    return (...args) => {
      count++;
      return run(...args);
    };
  };
  return { world: { ...outer, virsh }, started: () => count };
}
