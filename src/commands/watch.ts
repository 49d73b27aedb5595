import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus, ReaderGone, VcpuschedError } from '../errors.ts';
import { isTooLittle } from '../model/coverage.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import { coverageWarning, cycleStory } from '../render/cycle-text.ts';
import { appliedFields, hostFields, jsonText } from '../render/envelope.ts';
import { restoredStory, restoredText } from '../render/restore-text.ts';
import { chooseStyle } from '../render/style.ts';
import { watchStory } from '../render/watch-story.ts';
import type { Context } from '../session/context.ts';
import { runCycle, type Session } from '../session/cycle.ts';
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
export async function watch(settings: Settings, context: Context): Promise<ExitStatus> {
  const isDry = settings.dryRun;
  const open = isDry
    ? readSessionOpener(settings, context, 'watch')
    : sessionOpener(settings, context, 'watch');
  const { json, quiet } = settings;
  const { nowMs, sleepUntil, signal, err } = context;
  const story = watchStory(settings, nowMs);
  const say = (lines: readonly string[]) => {
    for (const line of json || quiet ? [] : lines) context.out(`${stamp(context)}${line}\n`);
  };
  const warn = (lines: readonly string[]) => {
    for (const line of lines) err(`${stamp(context)}${line}\n`);
  };
  const now: { session?: Session<PinSession | PinReader> } = {};
  const step = async (): Promise<CycleReport | undefined> => {
    if (now.session !== undefined) return runCycle(now.session);
    const session = await open();
    now.session = session;
    say(story.begun(session.uri, session.before));
    return undefined;
  };
  const steps = settings.cycles === undefined ? undefined : settings.cycles + 1;
  const schedule = { everyMs: settings.interval * 1000, steps, nowMs, sleepUntil };
  let last: ExitStatus = exitStatus.done;
  /** whether too little was measured in the last cycle, which is told where it begins */
  let wasUnknown = false;
  try {
    for await (const outcome of runEvery(schedule, step, signal)) {
      if (outcome instanceof VcpuschedError) {
        warn(story.failed(outcome, true));
        last = outcome.status;
        continue;
      }
      last = outcome?.unsaved?.status ?? (outcome === undefined ? exitStatus.done : exitStatusOf(outcome));
      if (outcome === undefined) continue;
      err(cycleStory(outcome, settings, chooseStyle(settings.color, context.terminal), false));
      if (json) {
        const fields = {
          connection: settings.connect ?? null,
          ...hostFields(outcome),
          ...appliedFields(outcome),
        };
        context.out(jsonText('watch', context.date(), fields));
      }
      say(story.cycle(outcome));
      if (outcome.unsaved !== undefined) warn(story.failed(outcome.unsaved, false));
      const { coverage } = outcome.measured;
      // Those that have just started are measured in the next cycle.
      const settled = { ...coverage, running: coverage.running - (coverage.starting ?? 0) };
      if (!wasUnknown && isTooLittle(settled)) err(coverageWarning(coverage));
      wasUnknown = isTooLittle(settled);
      if (settings.untilBalanced && isSettled(outcome)) break;
    }
    if (signal.aborted && !(signal.reason instanceof ReaderGone)) last = exitStatus.done;
    warn(story.ended());
    const pins = now.session?.pins;
    if (!settings.restoreOnExit || pins === undefined || !('restore' in pins)) return last;
    const restored = await pins.restore();
    err(restoredStory(restored, settings));
    say([restoredText(restored)]);
    return exitStatusOfRestored(restored) || last;
  } finally {
    if (now.session !== undefined && 'close' in now.session.pins) await now.session.pins.close();
  }
}

/** Whether a later cycle has nothing more to do. */
function isSettled({ plan, verdict }: CycleReport): boolean {
  return plan.moves.length === 0 && verdict !== 'waits';
}

/** At a terminal the time of day; a journal or a log has its own. */
function stamp(context: Context): string {
  return context.terminal.isTty ? `${context.date().toTimeString().slice(0, 8)}  ` : '';
}
