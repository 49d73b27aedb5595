import { type Finding, ok, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/**
 * What is measured goes by the monotonic clock. Only the past of a vCPU (--max-rate, --cooldown) and recordings
 * go by the wall clock: what shows there is a clock that is behind what it wrote itself.
 */
export function clock({ nowMs, state }: Facts): Finding {
  if (state !== undefined && state.changedMs > nowMs + 60_000) {
    return warning(
      `the clock says ${stamp(nowMs)}, and ${state.found} was changed at ${stamp(state.changedMs)}`,
      'set it, with NTP for example: until then --max-rate and --cooldown forget moves',
    );
  }
  return ok(`${stamp(nowMs)}; measuring does not depend on it`);
}

function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
