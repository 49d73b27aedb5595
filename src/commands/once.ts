import type { Settings } from '../config/settings.ts';
import { messageOf, VcpuschedError } from '../errors.ts';
import type { ExitStatus } from '../exit-status.ts';
import { withMetrics } from '../metrics/with-metrics.ts';
import type { ComponentVerdict, Plan } from '../model/plan.ts';
import { coverageWarning, cycleStory, cycleText, pinsText } from '../render/cycle-text.ts';
import { appliedFields, hostFields, jsonText } from '../render/envelope.ts';
import { pausedText } from '../render/pause-text.ts';
import { safeText } from '../render/safe-text.ts';
import { chooseStyle } from '../render/style.ts';
import { listenersOf } from '../service/listeners.ts';
import type { Context } from '../session/context.ts';
import { measureWindow } from '../session/cycle.ts';
import { allOf, type Listener } from '../session/listener.ts';
import { exitStatusOf } from '../session/pins-exit-status.ts';
import { sessionOpener } from '../session/session-opener.ts';

/**
 * Two samples, one plan, applied and verified. Silent from cron unless something changed or failed, or too few vCPUs
 * could be measured to call the host balanced; and silent while it is paused. With --since-last the sample that the last
 * run has left can stand in for the first of the two.
 */
export async function once(settings: Settings, context: Context): Promise<ExitStatus> {
  // It ends too soon for a server.
  const wanted = { ...settings, metricsListen: undefined };
  return withMetrics(wanted, context, async (inner, metrics) => {
    if (settings.dryRun) {
      const { plan } = await import('./plan.ts');
      return plan(settings, inner, 'once', metrics.cycle);
    }
    const listeners = [...listenersOf(() => settings, inner, 'once'), metrics];
    const tell = allOf(listeners, (error) => inner.err(`vcpusched: ${safeText(messageOf(error))}\n`));
    try {
      return await pinOnce(settings, inner, tell);
    } catch (error) {
      if (error instanceof VcpuschedError) await tell.failed(error);
      throw error;
    } finally {
      await tell.ended();
    }
  });
}

async function pinOnce(settings: Settings, context: Context, tell: Required<Listener>): Promise<ExitStatus> {
  const { verbose, quiet, connect = null } = settings;
  const session = await sessionOpener(settings, context, 'once')();
  try {
    await tell.begun({ uri: session.uri, sample: session.before });
    const report = await measureWindow(session, context, settings.window * 1000);
    const { measured, applied, unsaved } = report;
    const look = chooseStyle(settings.color, context.terminal);
    const isSeen = !quiet && (verbose || context.terminal.isTty);
    context.err(`${coverageWarning(measured.coverage)}${cycleStory(report, settings, look)}`);
    if (report.paused !== undefined && isSeen) context.err(`vcpusched: ${pausedText(report.paused)}\n`);
    if (settings.json) {
      const fields = { connection: connect, ...hostFields(report), ...appliedFields(report) };
      context.out(jsonText('once', context.date(), fields));
    } else if (isSeen || (!quiet && report.paused === undefined && isWorthALine(report.plan))) {
      context.out(`${cycleText(report)}\n`);
    }
    await tell.cycle(report);
    if (unsaved !== undefined) throw unsaved;
    const late = await session.pins.answered();
    context.err(pinsText(late, verbose));
    const answered = applied.filter(({ isWaiting }) => isWaiting !== true);
    return exitStatusOf({ measured, applied: [...answered, ...late] });
  } finally {
    await session.pins.close();
  }
}

/**
 * Whether cron is to hear of it: something moves, or all is not well, as a pCPU is above what it can do, or none can be
 * used, and nothing is to be done about it. A host that is uneven, and on which nobody starves, is left in peace.
 */
function isWorthALine({ moves, verdict }: Plan): boolean {
  const isWell = ({ kind, mostPct }: ComponentVerdict) =>
    ['moves', 'balanced', 'rule'].includes(kind) || (kind !== 'unusable' && mostPct <= 100);
  return moves.length > 0 || verdict.kind === 'unusable' || !verdict.components.every(isWell);
}
