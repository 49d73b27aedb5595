import type { Settings } from '../config/settings.ts';
import { hostReader, type Look } from '../host/host-reader.ts';
import { tellNamesApart } from '../host/tell-names-apart.ts';
import type { Virsh } from '../virsh/runner.ts';
import { balanceSession } from './balance-session.ts';
import { type Context, createVirsh, keepVirsh } from './context.ts';
import type { Session } from './cycle.ts';
import { openPinSession, type PinSession } from './pin-session.ts';
import { type PinReader, readPinSession } from './read-pin-session.ts';
import { sessionHint, topologyWarnings, unmatchedPatterns, warnings } from './warnings.ts';

/**
 * Makes what takes the first sample of a host, and the lock of its connection, so that cycles can follow. Where that
 * fails it may be tried again, with what was learnt of the host.
 * @throws {VcpuschedError} status 64 for a policy that there is not. What is returned: as `openPinSession`, and where
 *   libvirt cannot be read
 */
export function sessionOpener(
  settings: Settings,
  context: Context,
  command: 'once' | 'watch',
): () => Promise<Session<PinSession> & Connected> {
  const host = prepare(settings, context, 'pin', command === 'watch');
  return () =>
    orClose(host, async () => {
      const { before, uri } = await host.readFirst();
      const pins = await openPinSession(settings, host.context, uri, command);
      host.balance.recall(pins.pastMoves);
      return { ...host, pins, uri, before: pins.lastSample(before) ?? before, cycles: 0 };
    });
}

/** The connection, as libvirt names it; whoever has opened it ends the virsh that is kept for it. */
export type Connected = { readonly uri: string; readonly closeVirsh: () => void };

async function orClose<T>({ closeVirsh }: Pick<Connected, 'closeVirsh'>, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    closeVirsh();
    throw error;
  }
}

/** Does the same for one that pins nothing: over a read-only connection, and without the lock. */
export function readSessionOpener(
  settings: Settings,
  context: Context,
  command: 'once' | 'watch',
): () => Promise<Session<PinReader> & Connected & { readonly virsh: Virsh }> {
  const host = prepare(settings, context, 'read', command === 'watch');
  return () =>
    orClose(host, async () => {
      const { before, uri } = await host.readFirst();
      const pins = await readPinSession(settings, context, uri);
      host.balance.recall(pins.pastMoves);
      return { ...host, pins, uri, before, cycles: 0 };
    });
}

/** Opens one for a single cycle. */
export function readSession(settings: Settings, context: Context) {
  return readSessionOpener(settings, context, 'once')();
}

/**
 * What reads the host, what decides, and what warns of settings that do not fit the host. What cannot be known of the
 * host is told at the first sample of many, or at the second of two.
 */
function prepare(settings: Settings, outer: Context, access: 'read' | 'pin', isRepeated: boolean) {
  const balance = balanceSession(settings, isRepeated && !settings.untilBalanced ? 'patient' : 'now');
  const { context, started, onStart } = countingProcesses(outer);
  const { nowMs, date, signal } = context;
  const { virsh, close } = isRepeated
    ? keepVirsh(settings, context, access, onStart)
    : { virsh: createVirsh(settings, context, access), close: () => undefined };
  const reader = tellNamesApart(hostReader(virsh, context.readFile, settings.connect));
  const warn = (lines: readonly string[]) => {
    for (const line of settings.quiet ? [] : lines) context.err(`vcpusched: ${line}\n`);
  };
  const isTold = settings.verbose || context.terminal.isTty;
  return {
    clock: { nowMs, wallMs: () => date().getTime() },
    signal,
    readFirst: async () => {
      const before = await reader.sample(signal);
      if (isRepeated) warn(warnings(before, settings));
      if (access === 'read') warn(sessionHint(before, reader.uri()));
      if (!settings.quiet) warn(await unmatchedPatterns(settings, virsh, signal, 'told'));
      return { before, uri: reader.uri() };
    },
    sample: async (look: Look) => {
      const snapshot = await reader.sample(signal, look);
      if (!isRepeated) warn(isTold ? warnings(snapshot, settings) : topologyWarnings(snapshot));
      return snapshot;
    },
    virshProcesses: started,
    onReport: context.onReport,
    balance,
    context,
    virsh,
    closeVirsh: close,
  };
}

/** The same context, and how many virsh processes were started in it; a reader's fallback to read-write counts as none. */
function countingProcesses(outer: Context) {
  let count = 0;
  const onStart = (): void => {
    count++;
  };
  const virsh: Context['virsh'] = (options) => {
    const run = outer.virsh(options);
    return (...args) => {
      onStart();
      return run(...args);
    };
  };
  return { context: { ...outer, virsh }, onStart, started: () => count };
}
