import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import { hostFields, jsonText, leftAloneFields } from '../render/envelope.ts';
import { statusText } from '../render/status-text.ts';
import { chooseStyle } from '../render/style.ts';
import type { Context } from '../session/context.ts';
import { measureWindow } from '../session/cycle.ts';
import { readSession } from '../session/session-opener.ts';

/** Shows the pCPUs with their load, and the vCPUs on each. */
export async function status(settings: Settings, context: Context): Promise<ExitStatus> {
  const session = await readSession(settings, context);
  const report = await measureWindow(session, context, settings.window * 1000);
  if (settings.json) {
    const fields = {
      connection: settings.connect ?? null,
      ...hostFields(report),
      leftAlone: leftAloneFields(report.measured.leftAlone),
    };
    context.out(jsonText('status', context.date(), fields));
  } else if (!settings.quiet) {
    context.out(statusText(report, chooseStyle(settings.color, context.terminal)));
  }
  return exitStatus.done;
}
