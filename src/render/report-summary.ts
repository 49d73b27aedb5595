import {
  badPct,
  type Comparison,
  type HostReport,
  type PolicyResult,
  type Room,
  wellPct,
  worstFirst,
} from '../model/host-report.ts';
import { clock } from './clock.ts';
import { counted, spanText, tenths } from './figures.ts';
import { labelOf } from './policy-label.ts';

/** The report in a few sentences, for people who read no tables: how crowded, what balancing would do, how much fits. */
export function reportSummary(
  { recorded, hours, comparison, room }: Pick<HostReport, 'recorded' | 'hours' | 'comparison' | 'room'>,
  zone: string,
): readonly string[] {
  return [crowding(recorded.measuredMs, hours, zone), balancing(comparison, zone), roomText(room, zone)];
}

/** For how long the host was crowded. */
export function crowdedMs(hours: HostReport['hours']): number {
  return hours.reduce((sum, hour) => sum + hour.crowdedMs, 0);
}

function crowding(measuredMs: number, hours: HostReport['hours'], zone: string): string {
  const [worst] = hours.toSorted(worstFirst);
  if (worst?.ready === undefined) return 'It is not known how long vCPUs waited.';
  const crowded = crowdedMs(hours);
  const whole = spanText(measuredMs / 1000);
  if (crowded === 0)
    return `This host was never crowded in ${whole}: at any time 19 of 20 vCPUs waited for a pCPU ${wellPct} % of the time or less.`;
  const bad = hours.reduce((sum, hour) => sum + hour.badMs, 0);
  const perDay = measuredMs < 2 * dayMs ? '' : `, ${spanText(((crowded / measuredMs) * dayMs) / 1000)} a day`;
  const badly =
    bad === 0 ? '' : ` For ${spanText(bad / 1000)} it was more than ${badPct} %, which users notice.`;
  return `This host was crowded for ${spanText(crowded / 1000)} of ${whole}${perDay}: more than one vCPU of 20 waited for a pCPU more than ${wellPct} % of the time.${badly} The worst hour was ${clock(worst.fromMs, zone).hour}, with a ready time (p95) of ${tenths(worst.ready.p95)}.`;
}

const dayMs = 86_400_000;

function balancing(comparison: Comparison, zone: string): string {
  if (comparison.kind === 'unknown') return `What balancing would bring is unknown: ${comparison.reason}.`;
  const { results, stretch } = comparison;
  const [best] = results;
  const none = results.find(({ policy }) => policy === 'none');
  if (best === undefined || none === undefined) return 'What balancing would bring is unknown.';
  const when = `In the worst hour, from ${clock(stretch.fromMs, zone).time},`;
  if (!isBetter(best, none))
    return `${when} balancing would have brought nothing: the ready time (p95) is ${tenths(none.ready.p95)} without it, and ${tenths(best.ready.p95)} with the best policy.`;
  return `${when} balancing would have lowered the ready time (p95) from ${tenths(none.ready.p95)} to ${tenths(best.ready.p95)}, with policy ${labelOf(best)} and ${counted(best.moves, 'move')}.`;
}

/** How far the model is off: what it makes of the pins as they were, beside what was measured. */
export function modelText(comparison: Comparison): string | undefined {
  if (comparison.kind === 'unknown' || comparison.recorded === undefined) return undefined;
  const none = comparison.results.find(({ policy }) => policy === 'none');
  if (none === undefined) return undefined;
  const { recorded } = comparison;
  const off = none.ready.mean - recorded.mean;
  const sense =
    Math.abs(off) < Math.max(leastOffPct, recorded.mean / 4)
      ? 'the two agree.'
      : off > 0
        ? 'the model overestimates it, so there may be room for more.'
        : 'the model underestimates it, so the room was searched up to a shorter ready time.';
  return `The mean ready time in that hour was ${tenths(recorded.mean)}, and the model makes it ${tenths(none.ready.mean)} with the pins as they were: ${sense}`;
}

/** Per cent: less is no difference. */
const leastOffPct = 0.5;

/** What is less than half a point is no difference. */
export function isBetter(a: PolicyResult, b: PolicyResult): boolean {
  return b.ready.p95 - a.ready.p95 >= 0.5;
}

function roomText(room: Room, zone: string): string {
  if (room.kind === 'unknown') return `How many more vCPUs fit is unknown: ${room.reason}.`;
  const { vcpus, least, most, isAtLeast, stretch, policy } = room;
  const how = policy === 'none' ? 'without balancing' : `if it is balanced by ${policy}`;
  const when = `in the busiest hour, from ${clock(stretch.fromMs, zone).time}`;
  if (most === 0)
    return `There is no room for more vCPUs of this kind: with more of them the ready time (p95) is above ${wellPct} % ${when}, ${how}.`;
  const range = least === most ? '' : ` (${least} to ${most})`;
  const number = isAtLeast ? `at least ${least}` : `${vcpus}`;
  return `There is room for ${number} more vCPUs of this kind${isAtLeast ? '' : range}, ${how}: until then the ready time (p95) stays at ${wellPct} % or below ${when}.`;
}
