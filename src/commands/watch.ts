import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus, ReaderGone, VcpuschedError } from '../errors.ts';
import { isTooLittle } from '../model/coverage.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import { coverageWarning, cycleStory, cycleText } from '../render/cycle-text.ts';
import { appliedFields, hostFields, jsonText } from '../render/envelope.ts';
import { counted } from '../render/figures.ts';
import { restoredStory, restoredText } from '../render/restore-text.ts';
import { safeText } from '../render/safe-text.ts';
import { chooseStyle } from '../render/style.ts';
import type { Context } from '../session/context.ts';
import { runCycle, type Session } from '../session/cycle.ts';
import { exitStatusOf, exitStatusOfRestored } from '../session/exit-status.ts';
import type { PinSession } from '../session/pin-session.ts';
import { runEvery } from '../session/schedule.ts';
import { sessionOpener } from '../session/session-opener.ts';

/**
 * Samples, plans and pins each interval until a signal comes or --cycles are done. The first sample only gives
 * the counters to start from.
 *
 * A cycle that fails is told and the next one comes; only what waiting cannot mend ends the watch: a command
 * line that is wrong, and at the start a virsh that is not there or that is refused.
 *
 * With --until-balanced no imbalance has to last, and it ends when the policy has nothing more to do.
 */
export async function watch(settings: Settings, context: Context): Promise<ExitStatus> {
  const open = sessionOpener(settings, context, 'watch');
  const now: { session?: Session<PinSession> } = {};
  const step = async (): Promise<CycleReport | undefined> => {
    if (now.session !== undefined) return runCycle(now.session);
    now.session = await open();
    return undefined;
  };
  const { nowMs, sleepUntil, signal, err } = context;
  const steps = settings.cycles === undefined ? undefined : settings.cycles + 1;
  const schedule = { everyMs: settings.interval * 1000, steps, nowMs, sleepUntil };
  let last: ExitStatus = exitStatus.done;
  let cycles = -1;
  let moves = 0;
  /** whether too little was measured in the last cycle, which is told where it begins */
  let wasUnknown = false;
  try {
    for await (const outcome of runEvery(schedule, step, signal)) {
      cycles++;
      const report = outcome instanceof VcpuschedError ? undefined : outcome;
      const failure = outcome instanceof VcpuschedError ? outcome : outcome?.unsaved;
      if (report !== undefined) tell(report, settings, context);
      if (failure !== undefined) err(`${stamp(context)}vcpusched: ${safeText(failure.message)}\n`);
      last = failure?.status ?? (report === undefined ? exitStatus.done : exitStatusOf(report));
      if (report === undefined) continue;
      moves += report.applied.filter(({ error }) => error === undefined).length;
      const { coverage } = report.measured;
      // Those that have just started are measured in the next cycle.
      const settled = { ...coverage, running: coverage.running - (coverage.starting ?? 0) };
      if (!wasUnknown && isTooLittle(settled)) err(coverageWarning(coverage));
      wasUnknown = isTooLittle(settled);
      if (settings.untilBalanced && isSettled(report)) break;
    }
    if (signal.aborted && !(signal.reason instanceof ReaderGone)) last = exitStatus.done;
    if (settings.verbose) {
      err(
        `${stamp(context)}ended after ${counted(Math.max(0, cycles), 'cycle')} and ${counted(moves, 'pin')}\n`,
      );
    }
    if (!settings.restoreOnExit || now.session === undefined) return last;
    const restored = await now.session.pins.restore();
    err(restoredStory(restored, settings));
    if (!settings.quiet && !settings.json) context.out(`${stamp(context)}${restoredText(restored)}\n`);
    return exitStatusOfRestored(restored) || last;
  } finally {
    await now.session?.pins.close();
  }
}

function tell(report: CycleReport, settings: Settings, context: Context): void {
  const { json, quiet, verbose, connect = null } = settings;
  context.err(cycleStory(report, settings, chooseStyle(settings.color, context.terminal)));
  if (json) {
    const fields = { connection: connect, ...hostFields(report), ...appliedFields(report) };
    context.out(jsonText('watch', context.date(), fields));
  } else if (!quiet && (report.applied.length > 0 || verbose)) {
    context.out(`${stamp(context)}${cycleText(report)}\n`);
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
