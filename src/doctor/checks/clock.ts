import { type Finding, ok, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/**
 * What is measured goes by the monotonic clock. Only the past of a vCPU (--max-rate, --cooldown) and recordings go
 * by the wall clock; where that has been set back shows in what was written down before.
 */
export function clock({ nowMs, kept }: Facts): Finding {
  const last = kept?.ok === true ? kept.value.lastMoveMs : undefined;
  if (last !== undefined && last > nowMs + 60_000) {
    return warning(
      `the clock says ${stamp(nowMs)}, and the last pin was set at ${stamp(last)}`,
      'set it, with NTP for example: until then --max-rate and --cooldown count moves wrongly',
    );
  }
  return ok(`${stamp(nowMs)}; measuring does not depend on it`);
}

function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
