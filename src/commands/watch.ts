import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus, ReaderGone, VcpuschedError } from '../errors.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import { appliedFields, hostFields, jsonText } from '../render/envelope.ts';
import { restoredStory, restoredText } from '../render/restore-text.ts';
import { watchStory } from '../render/watch-story.ts';
import type { Context } from '../session/context.ts';
import { runCycle, type Session } from '../session/cycle.ts';
import { allOf, type Listener } from '../session/listener.ts';
import { type Log, openLog } from '../session/log.ts';
import { exitStatusOf, exitStatusOfRestored } from '../session/outcome-status.ts';
import type { PinSession } from '../session/pin-session.ts';
import type { PinReader } from '../session/read-pin-session.ts';
import { runEvery } from '../session/schedule.ts';
import { readSessionOpener, sessionOpener } from '../session/session-opener.ts';

/**
 * Samples, plans and pins each interval until a signal comes or --cycles are done. The first sample only gives
 * the counters to start from.
 *
 * A cycle that fails is told and the next one comes; only what waiting cannot mend ends the watch: a command
 * line that is wrong, and at the start a virsh that is not there or that is refused.
 *
 * With --dry-run it pins nothing, and tells the first of plans in a row. With --until-balanced no imbalance has to last, and it ends when the policy has nothing more to do.
 */
export async function watch(settings: Settings, outer: Context): Promise<ExitStatus> {
  const log = openLog(settings, outer);
  const context = { ...outer, err: log.err };
  const open = settings.dryRun
    ? readSessionOpener(settings, context, 'watch')
    : sessionOpener(settings, context, 'watch');
  const { nowMs, sleepUntil, signal } = context;
  const tell = allOf(listenersOf(settings, context, log), (error) =>
    log.err(`vcpusched: ${String(error)}\n`),
  );
  const now: { session?: Session<PinSession | PinReader> } = {};
  const step = async (): Promise<CycleReport | undefined> => {
    if (now.session !== undefined) return runCycle(now.session);
    const session = await open();
    now.session = session;
    await tell.begun({ uri: session.uri, sample: session.before });
    return undefined;
  };
  const steps = settings.cycles === undefined ? undefined : settings.cycles + 1;
  const schedule = { everyMs: settings.interval * 1000, steps, nowMs, sleepUntil };
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
      if (settings.untilBalanced && isSettled(outcome)) break;
    }
    if (signal.aborted && !(signal.reason instanceof ReaderGone)) last = exitStatus.done;
    await tell.ended();
    const pins = now.session?.pins;
    if (!settings.restoreOnExit || pins === undefined || !('restore' in pins)) return last;
    const restored = await pins.restore();
    log.err(restoredStory(restored, settings));
    log.write([{ level: 'notice', event: 'restored', message: restoredText(restored) }]);
    return exitStatusOfRestored(restored) || last;
  } finally {
    if (now.session !== undefined && 'close' in now.session.pins) await now.session.pins.close();
  }
}

/** Who hears of each cycle, in this order. */
function listenersOf(settings: Settings, context: Context, log: Log): readonly Listener[] {
  const story = watchStory(() => settings, context.nowMs);
  return [
    ...(settings.json ? [jsonListener(settings, context)] : []),
    {
      begun: ({ uri, sample }) => log.write(story.begun(uri, sample)),
      cycle: (report) => log.write(story.cycle(report)),
      failed: (failure) => log.write(story.failed(failure)),
      ended: () => log.write(story.ended()),
    },
  ];
}

/** Each cycle as a line on stdout. */
function jsonListener({ connect }: Settings, { out, date }: Context): Listener {
  const connection = connect ?? null;
  return {
    cycle: (report) =>
      out(jsonText('watch', date(), { connection, ...hostFields(report), ...appliedFields(report) })),
  };
}

/** Whether a later cycle has nothing more to do. */
function isSettled({ plan, verdict }: CycleReport): boolean {
  return plan.moves.length === 0 && verdict !== 'waits';
}
