import type { Pause } from '../model/pause.ts';
import { clock, localZone } from './clock.ts';

/** `paused until 2026-11-27 14:05: nothing is pinned` */
export function pausedText({ untilMs, by }: Pause): string {
  const until = untilMs === undefined ? "'vcpusched resume'" : clock(untilMs, localZone()).moment;
  const why = by === 'maintenance' ? 'a maintenance window lasts' : 'paused';
  return `${why} until ${until}: nothing is pinned`;
}

/** The pause for JSON: the end in UTC, null where somebody has to end it. */
export function pauseFields(paused: Pause | undefined) {
  if (paused === undefined) return null;
  const { untilMs, by } = paused;
  return { until: untilMs === undefined ? null : new Date(untilMs).toISOString(), by };
}
