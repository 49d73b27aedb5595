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
    return `The host was not crowded in ${whole}: the 95th percentile of ready time (CPU Ready) was never above ${wellPct} %.`;
  const badMs = hours.reduce((sum, hour) => sum + hour.badMs, 0);
  const bad = badMs > 0 ? `, and badly (above ${badPct} %) for ${spanText(badMs / 1000)}` : '';
  return `The host was crowded for ${spanText(crowded / 1000)} of ${whole}: the 95th percentile of ready time (CPU Ready) was above ${wellPct} %${bad}. The worst hour was ${clock(worst.fromMs, zone).hour} with ${tenths(worst.ready.p95)}.`;
}

function balancing(comparison: Comparison, zone: string): string {
  if (comparison.kind === 'unknown') return `What balancing would bring is unknown: ${comparison.reason}.`;
  const { results, stretch } = comparison;
  const [best] = results;
  const none = results.find(({ policy }) => policy === 'none');
  if (best === undefined || none === undefined) return 'What balancing would bring is unknown.';
  const when = clock(stretch.fromMs, zone).time;
  if (!isBetter(best, none))
    return `Balancing would not have shortened ready time in the hour from ${when}: ${tenths(none.ready.p95)} without, ${tenths(best.ready.p95)} with the best policy.`;
  return `In the hour from ${when} balancing (policy ${labelOf(best)}) would have lowered the 95th percentile of ready time from ${tenths(none.ready.p95)} to ${tenths(best.ready.p95)}, with ${counted(best.moves, 'move')}.`;
}

/** What is less than half a point is no difference. */
export function isBetter(a: PolicyResult, b: PolicyResult): boolean {
  return b.ready.p95 - a.ready.p95 >= 0.5;
}

function roomText(room: Room, zone: string): string {
  if (room.kind === 'unknown') return `How many more vCPUs fit is unknown: ${room.reason}.`;
  const { vcpus, least, most, isAtLeast, stretch, policy } = room;
  const how = `${policy === 'none' ? 'without balancing' : `balanced by ${policy}`}, in the busiest hour (from ${clock(stretch.fromMs, zone).time})`;
  if (vcpus === 0 && most === 0) return `There is no room for more vCPUs of this kind, ${how}.`;
  const range = least === most ? '' : ` (${least} to ${most})`;
  const number = isAtLeast ? `at least ${least}` : `${vcpus}`;
  return `There is room for ${number} more vCPUs of this kind${isAtLeast ? '' : range}, ${how}.`;
}
