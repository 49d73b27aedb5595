import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { localZone } from '../render/clock.ts';
import { jsonText } from '../render/envelope.ts';
import { reportFields } from '../render/report-fields.ts';
import { reportText } from '../render/report-text.ts';
import { safeText } from '../render/safe-text.ts';
import { chooseStyle } from '../render/style.ts';
import type { Context } from '../session/context.ts';
import { examineRecording } from '../session/examine-recording.ts';
import { progress } from '../session/progress.ts';
import { checkReport, saveHostReport } from '../session/save-report.ts';

/** Says what the host of a recording is like: how full it is, who waits, and how much more fits. */
export async function report(settings: Settings, context: Context): Promise<ExitStatus> {
  const warn = (message: string) => context.err(`vcpusched: ${safeText(message)}\n`);
  if (settings.html !== undefined) await checkReport('--html', settings.html);
  const { show, end } = progress({ ...settings, verbose: false }, context);
  const found = await examineRecording(settings.file, settings, context, warn, show).finally(() => end(''));
  const zone = localZone();
  if (settings.json) context.out(jsonText('report', context.date(), reportFields(found)));
  else if (!settings.quiet) {
    const view = { zone, isWhole: settings.verbose };
    context.out(reportText(found, view, chooseStyle(settings.color, context.terminal)));
  }
  if (settings.html !== undefined) await saveHostReport(settings.html, found, context.date(), zone);
  return exitStatus.done;
}
