import type { Settings } from '../config/settings.ts';
import { hostReader } from '../host/host-reader.ts';
import type { Virsh } from '../virsh/runner.ts';
import { balanceSession } from './balance-session.ts';
import { type Context, createVirsh } from './context.ts';
import type { Session } from './cycle.ts';
import { openPinSession, type PinSession } from './pin-session.ts';
import { type PinReader, readPinSession } from './read-pin-session.ts';
import { topologyWarnings, unmatchedPatterns, warnings } from './warnings.ts';

/**
 * Takes the first sample of a host, and the lock of its connection, so that cycles can follow.
 * @throws {VcpuschedError} as `openPinSession`; status 64 for a policy that there is not; where libvirt cannot be read
 */
export async function openSession(
  settings: Settings,
  context: Context,
  command: 'once' | 'watch',
): Promise<Session<PinSession>> {
  const { uri, ...begun } = await begin(settings, context, 'pin', command === 'watch');
  const pins = await openPinSession(settings, begun.context, uri, command);
  begun.balance.recall(pins.pastMoves);
  return { ...begun, pins, before: pins.lastSample(begun.before) ?? begun.before };
}

/** The same for one that pins nothing: over a read-only connection, and without the lock. */
export async function readSession(
  settings: Settings,
  context: Context,
): Promise<Session<PinReader> & { readonly virsh: Virsh }> {
  const { uri, ...begun } = await begin(settings, context, 'read', false);
  const pins = await readPinSession(settings, context, uri);
  begun.balance.recall(pins.pastMoves);
  return { ...begun, pins };
}

/**
 * Reads the host for the first time, and tells what is wrong with the settings for it. What cannot be known of the host
 * is told at the first sample of many, or at the second of two.
 */
async function begin(settings: Settings, outer: Context, access: 'read' | 'pin', isRepeated: boolean) {
  const balance = balanceSession(settings, isRepeated && !settings.untilBalanced ? 'patient' : 'now');
  const { context, started } = countingProcesses(outer);
  const { nowMs, date, signal } = context;
  const virsh = createVirsh(settings, context, access);
  const reader = hostReader(virsh, context.readFile, settings.connect);
  const warn = (lines: readonly string[]) => {
    for (const line of settings.quiet ? [] : lines) context.err(`vcpusched: ${line}\n`);
  };
  const before = await reader.sample(signal);
  if (isRepeated) warn(warnings(before, settings));
  if (!settings.quiet) warn(await unmatchedPatterns(settings, virsh, signal, 'told'));
  const isTold = settings.verbose || context.terminal.isTty;
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
    context,
    virsh,
    uri: reader.uri(),
  };
}

/** The same context, and how many virsh processes were started in it; a reader's fallback to read-write counts as none. */
function countingProcesses(outer: Context): { readonly context: Context; readonly started: () => number } {
  let count = 0;
  const virsh: Context['virsh'] = (options) => {
    const run = outer.virsh(options);
    return (...args) => {
      count++;
      return run(...args);
    };
  };
  return { context: { ...outer, virsh }, started: () => count };
}
