import type { Settings } from '../config/settings.ts';
import { maintenanceEnd, type Pause } from '../model/pause.ts';
import { readPause } from '../state/pause-file.ts';
import type { Place } from '../state/store.ts';
import type { Context } from './context.ts';

/**
 * Tells whether nothing is to be pinned now: a pause that somebody asked for, or a maintenance window, the later end
 * of the two.
 */
export function pauseReader(
  { maintenance }: Pick<Settings, 'maintenance'>,
  { date }: Pick<Context, 'date'>,
  place: Place,
): () => Promise<Pause | undefined> {
  return async () => {
    const now = date();
    const asked = await readPause(place, now.getTime());
    const endMs = maintenanceEnd(maintenance, now);
    if (asked !== undefined && (asked.untilMs ?? Number.POSITIVE_INFINITY) >= (endMs ?? 0))
      return { untilMs: asked.untilMs, by: 'command' };
    return endMs === undefined ? undefined : { untilMs: endMs, by: 'maintenance' };
  };
}
