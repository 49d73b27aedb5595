import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { jsonText } from '../render/envelope.ts';
import { pausedText, pauseFields } from '../render/pause-text.ts';
import { safeText } from '../render/safe-text.ts';
import type { Context } from '../session/context.ts';
import { readConnection } from '../session/read-connection.ts';
import { removePause, writePause } from '../state/pause-file.ts';

/** Makes every run on this connection pin nothing, for a while or until it is ended. */
export async function pause(settings: Settings, context: Context): Promise<ExitStatus> {
  const place = await readConnection(settings, context);
  const sinceMs = context.date().getTime();
  const untilMs = settings.for === undefined ? undefined : sinceMs + settings.for * 1000;
  await writePause(place, { sinceMs, untilMs });
  const isOfRoot = /\/system(\?|$)/.test(place.uri) && !context.isRoot && settings.stateDir === undefined;
  if (isOfRoot && !settings.quiet)
    context.err(
      `vcpusched: this pause is saved in ${safeText(place.stateDir)}: a service of root has another state folder, and does not see it\n`,
    );
  const paused = { untilMs, by: 'command' } as const;
  tell(
    settings,
    context,
    'pause',
    { connection: place.uri, paused: pauseFields(paused) },
    pausedText(paused),
  );
  return exitStatus.done;
}

/** Ends such a pause. */
export async function resume(settings: Settings, context: Context): Promise<ExitStatus> {
  const place = await readConnection(settings, context);
  const was = await removePause(place);
  const text = was ? 'no longer paused' : 'there was no pause';
  tell(settings, context, 'resume', { connection: place.uri, wasPaused: was }, text);
  return exitStatus.done;
}

function tell(
  { json, quiet }: Settings,
  { out, date }: Context,
  command: string,
  fields: object,
  text: string,
): void {
  if (json) out(jsonText(command, date(), fields));
  else if (!quiet) out(`${text}\n`);
}
