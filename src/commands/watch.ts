import type { Settings } from '../config/settings.ts';
import { messageOf, ReaderGone, VcpuschedError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { withMetrics } from '../metrics/with-metrics.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import { appliedFields, hostFields, jsonText } from '../render/envelope.ts';
import { restoredStory, restoredText } from '../render/restore-text.ts';
import { watchStory } from '../render/watch-story.ts';
import { daemonReturn } from '../service/daemon-return.ts';
import { listenersOf } from '../service/listeners.ts';
import { type ManagerListener, managerListener } from '../service/manager-listener.ts';
import { reloader } from '../service/reloader.ts';
import type { Context } from '../session/context.ts';
import { runCycle, type Session } from '../session/cycle.ts';
import { giveHeapRoom } from '../session/heap-room.ts';
import { allOf, type Listener } from '../session/listener.ts';
import { type Log, openLog } from '../session/log.ts';
import { openPinSession, type PinSession } from '../session/pin-session.ts';
import { exitStatusOf, exitStatusOfRestored } from '../session/pins-exit-status.ts';
import type { PinReader } from '../session/read-pin-session.ts';
import { runEvery } from '../session/schedule.ts';
import { type Connected, readSessionOpener, sessionOpener } from '../session/session-opener.ts';

/**
 * Samples, plans and pins each interval until a signal comes or --cycles are done. The first sample only gives
 * the counters to start from.
 *
 * A cycle that fails is told and the next one comes; only what waiting cannot mend ends the watch: a command
 * line that is wrong, and at the start a virsh that is not there or that is refused.
 *
 * With --dry-run it pins nothing, and tells the first of plans in a row. With --until-balanced no imbalance has to last,
 * and it ends when the policy has nothing more to do.
 */
export async function watch(first: Settings, context: Context): Promise<ExitStatus> {
  giveHeapRoom();
  const log = openLog(first, context);
  return withMetrics(first, { ...context, err: log.err }, (inner, metrics) =>
    watchHost(first, inner, log, metrics),
  );
}

async function watchHost(
  first: Settings,
  context: Context,
  log: Log,
  metrics: Listener,
): Promise<ExitStatus> {
  const { nowMs, sleepUntil, signal } = context;
  const manager = managerOf(first, context);
  const settings = reloader(first, context, { log, manager, openerOf: (each) => openerOf(each, context) });
  const tell = allOf(
    [
      ...ownListeners(settings.now, context, log),
      ...listenersOf(settings.now, context, 'watch'),
      metrics,
      ...(manager === undefined ? [] : [manager]),
    ],
    (error) => log.err(`vcpusched: ${messageOf(error)}\n`),
  );
  let session: Opened | undefined;
  let cycles = 0;
  let uri: string | undefined;

  async function leave(): Promise<void> {
    const left = session;
    session = undefined;
    cycles = left?.cycles ?? cycles;
    left?.closeVirsh();
    if (left !== undefined && 'close' in left.pins) await left.pins.close();
  }

  async function next(): Promise<CycleReport | undefined> {
    if (session !== undefined) {
      const report = await runCycle(session);
      settings.confirm();
      return report;
    }
    session = await settings.open();
    session.cycles = cycles;
    uri = session.uri;
    await tell.begun({ uri, sample: session.before });
    return undefined;
  }

  /** Also where there is no session just now, as the settings were read again. */
  async function restoreAll(connection: string): Promise<ExitStatus> {
    const now = settings.now();
    const own = session?.pins;
    const pins = own && 'restore' in own ? own : await openPinSession(now, context, connection, 'restore');
    try {
      const restored = await pins.restore();
      log.err(restoredStory(restored, now));
      log.write([{ level: 'notice', event: 'restored', message: restoredText(restored) }]);
      return exitStatusOfRestored(restored);
    } finally {
      if (pins !== own) await pins.close();
    }
  }

  async function step(): Promise<CycleReport | undefined> {
    if (settings.take()) await leave();
    try {
      return await next();
    } catch (failure) {
      if (!settings.fallBack(failure)) throw failure;
      await leave();
      return next();
    }
  }

  const steps = first.cycles === undefined ? undefined : first.cycles + 1;
  const recovery = (failure: VcpuschedError) => daemonReturn(failure, context);
  const schedule = { everyMs: first.interval * 1000, steps, nowMs, sleepUntil, longestPauseMs, recovery };
  let last: ExitStatus = exitStatus.done;
  try {
    for await (const outcome of runEvery(schedule, step, signal)) {
      if (outcome instanceof VcpuschedError) {
        await tell.failed(outcome);
        last = outcome.status;
        continue;
      }
      last = outcome?.unsaved?.status ?? (outcome === undefined ? exitStatus.done : exitStatusOf(outcome));
      if (outcome === undefined) continue;
      await tell.cycle(outcome);
      if (first.untilBalanced && isSettled(outcome)) break;
    }
    if (signal.aborted && !(signal.reason instanceof ReaderGone)) last = exitStatus.done;
    // Before all that may take time: who stops a service waits for it only so long.
    const { restoreOnExit, dryRun } = settings.now();
    const restored = restoreOnExit && !dryRun && uri !== undefined ? await restoreAll(uri) : exitStatus.done;
    await tell.ended();
    return restored || last;
  } finally {
    await leave();
  }
}

/** between two tries of what fails */
const longestPauseMs = 30_000;

type Opened = Session<PinSession | PinReader> & Connected;

function openerOf(settings: Settings, context: Context): () => Promise<Opened> {
  const opener = settings.dryRun ? readSessionOpener : sessionOpener;
  return opener(settings, context, 'watch');
}

/** The output of the command itself. */
function ownListeners(settings: () => Settings, context: Context, log: Log): readonly Listener[] {
  const story = watchStory(settings, context.nowMs);
  return [
    ...(settings().json ? [jsonListener(settings, context)] : []),
    {
      begun: ({ uri, sample }) => log.write(story.begun(uri, sample)),
      cycle: (report) => log.write(story.cycle(report)),
      failed: (failure) => log.write(story.failed(failure)),
      ended: () => log.write(story.ended()),
    },
  ];
}

/** The service manager, where there is one; it hears at once that the watch is to end. */
function managerOf({ interval, timeout }: Settings, context: Context): ManagerListener | undefined {
  const { manager, nowMs, signal, err } = context;
  if (manager === undefined) return undefined;
  // A cycle that fails can wait for virsh twice for its sample and twice for its pins.
  const longestCycleMs = 1000 * (Math.max(interval, longestPauseMs / 1000) + 4 * timeout);
  const listener = managerListener(manager, { longestCycleMs, nowMs });
  const stopping = () => void listener.stopping().catch((error) => err(`vcpusched: ${String(error)}\n`));
  signal.addEventListener('abort', stopping, { once: true });
  return listener;
}

/** Each cycle as a line on stdout. */
function jsonListener(settings: () => Settings, { out, date }: Context): Listener {
  return {
    cycle: (report) => {
      const connection = settings().connect ?? null;
      out(jsonText('watch', date(), { connection, ...hostFields(report), ...appliedFields(report) }));
    },
  };
}

/** Whether a later cycle has nothing more to do. */
function isSettled({ plan, verdict }: CycleReport): boolean {
  return plan.moves.length === 0 && verdict !== 'waits';
}
