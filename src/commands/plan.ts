import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { coverageWarning } from '../render/cycle-text.ts';
import { hostFields, jsonText, planFields } from '../render/envelope.ts';
import { pausedText } from '../render/pause-text.ts';
import { planShell } from '../render/plan-shell.ts';
import { planText } from '../render/plan-text.ts';
import { chooseStyle } from '../render/style.ts';
import type { Context } from '../session/context.ts';
import { measureWindow } from '../session/cycle.ts';
import type { Listener } from '../session/listener.ts';
import { exitStatusOf } from '../session/pins-exit-status.ts';
import { readSession } from '../session/session-opener.ts';
import { vcpupinWords } from '../virsh/commands/vcpupin.ts';

/**
 * Shows what `once` would do, as a table, as JSON or as a shell script. Never pins: its connection is read-only.
 * @param command the one that was called: this one, or a dry run of `once`
 * @param onReport is told what was measured and planned
 */
export async function plan(
  settings: Settings,
  context: Context,
  command: 'plan' | 'once' = 'plan',
  onReport?: Listener['cycle'],
): Promise<ExitStatus> {
  const { virsh, connect, detailedExitcode } = settings;
  const session = await readSession(settings, context);
  const report = await measureWindow(session, context, settings.window * 1000);
  await onReport?.(report);
  if (report.paused !== undefined && !settings.quiet)
    context.err(`vcpusched: ${pausedText(report.paused)}\n`);
  if (settings.json || settings.format === 'json') {
    const fields = { connection: connect ?? null, ...hostFields(report), ...planFields(report.plan) };
    context.out(jsonText(command, context.date(), fields));
  } else if (settings.format === 'shell') {
    const words = [virsh, ...(connect === undefined ? [] : ['-c', connect])];
    context.out(planShell(report.plan, words, ({ domain, vcpu, to }) => vcpupinWords(domain.uuid, vcpu, to)));
  } else if (!settings.quiet) {
    context.out(planText(report.plan, chooseStyle(settings.color, context.terminal)));
  }
  if (!detailedExitcode && command === 'plan') return exitStatus.done;
  context.err(coverageWarning(report.measured.coverage));
  const isPending = detailedExitcode && report.verdict === 'planned';
  return exitStatusOf(report) || (isPending ? exitStatus.movesPending : exitStatus.done);
}
