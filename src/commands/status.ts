import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import { hostFields, jsonText, leftAloneFields } from '../render/envelope.ts';
import { statusText } from '../render/status-text.ts';
import { chooseStyle } from '../render/style.ts';
import { measureWindow } from '../session/cycle.ts';
import { readSession } from '../session/open-session.ts';
import type { World } from '../session/world.ts';

/** Shows the pCPUs with their load, and the vCPUs on each. */
export async function status(settings: Settings, world: World): Promise<ExitStatus> {
  const session = await readSession(settings, world);
  const report = await measureWindow(session, world, settings.window * 1000);
  if (settings.json) {
    const fields = {
      connection: settings.connect ?? null,
      ...hostFields(report),
      leftAlone: leftAloneFields(report.measured.leftAlone),
    };
    world.out(jsonText('status', world.date(), fields));
  } else if (!settings.quiet) {
    world.out(statusText(report, chooseStyle(settings.color, world.terminal)));
  }
  return exitStatus.done;
}
