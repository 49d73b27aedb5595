import { groupBy } from '../model/group-by.ts';
import { type Level, NOWHERE, type Problem } from './problem.ts';
import { narrowing } from './zones.ts';

/**
 * Decides for the vCPUs that are to get a group, and may choose between zones, in which one: those of a domain in the
 * same, the largest domain first; where devices of the domain are attached, or else where the rest of it is, or where it
 * runs while that is no fuller than others, or else in the emptiest. A domain for which no zone has room is left to all.
 * @param preferredOf zones that a vCPU should rather be in, whatever else
 * @param highPct a zone above it is fuller than others
 */
export function chooseZones(
  problem: Problem,
  level: Level,
  highPct: number,
  preferredOf: (v: number) => readonly number[] = () => [],
): void {
  const { vcpus, demand, origin, movable, unplaced, allowedGroups } = problem;
  const { zoneOf } = level;
  const zonesOf = zonesOfMasks(level, allowedGroups);
  const isChoosing = (v: number) => movable[v] !== 0 && unplaced[v] !== 0 && zonesOf(v).length > 1;
  const choosing = new Set([...vcpus.keys()].filter(isChoosing));
  if (choosing.size === 0) return;

  const zones = zoneTotals(problem, level);
  const rests = new Map<string, number>();
  for (const v of vcpus.keys()) {
    const at = zoneOf[origin[v] as number];
    if (at === undefined || choosing.has(v)) continue;
    addTo(zones, at, demand[v] as number);
    rests.set(vcpus[v]?.domain.uuid ?? '', at);
  }
  const narrow = narrowing(level);
  const demandOf = (domain: readonly number[]) => domain.reduce((sum, v) => sum + (demand[v] as number), 0);
  const domains = [...groupBy(choosing, (v) => vcpus[v]?.domain.uuid ?? '')];
  for (const [uuid, domain] of domains.sort(([, a], [, b]) => demandOf(b) - demandOf(a))) {
    const wanted = demandOf(domain);
    const filledPct = (zone: number) => {
      const { points = 0, capacity = 1 } = zones.get(zone) ?? {};
      return (points + wanted) / capacity;
    };
    const runsIn = mostFrequent(domain.map((v) => zoneOf[origin[v] as number] ?? NOWHERE));
    const preferred = domain.flatMap(preferredOf);
    const options = [...zones.keys()]
      .filter((zone) => domain.length <= (zones.get(zone)?.cpus ?? 0) && filledPct(zone) <= 100)
      .filter((zone) => domain.every((v) => zonesOf(v).includes(zone)))
      .sort((a, b) => filledPct(a) - filledPct(b) || Number(b === runsIn) - Number(a === runsIn) || a - b);
    const zone =
      options.find((each) => preferred.includes(each)) ??
      options.find((each) => each === rests.get(uuid)) ??
      options.find((each) => each === runsIn && filledPct(each) <= highPct) ??
      options[0];
    if (zone === undefined) continue;
    addTo(zones, zone, wanted);
    for (const v of domain) allowedGroups[v] = narrow(allowedGroups[v] as Uint8Array, zone);
  }
}

type ZoneTotal = { points: number; capacity: number; cpus: number };

/** What zones carry without vCPUs, and what they can do. */
function zoneTotals({ groups, capacity, background }: Problem, { zoneOf }: Level): Map<number, ZoneTotal> {
  const zones = new Map<number, ZoneTotal>();
  for (const [group, { cpus }] of groups.entries()) {
    const zone = zoneOf[group] as number;
    const total = zones.get(zone) ?? { points: 0, capacity: 0, cpus: 0 };
    total.points += background[group] as number;
    total.capacity += capacity[group] as number;
    total.cpus += cpus.length;
    zones.set(zone, total);
  }
  return zones;
}

function addTo(zones: Map<number, ZoneTotal>, zone: number, points: number): void {
  const total = zones.get(zone);
  if (total !== undefined) total.points += points;
}

/** The zones in which a vCPU may use groups. Most share one mask: each is looked at once. */
function zonesOfMasks(
  { zoneOf }: Level,
  allowedGroups: readonly Uint8Array[],
): (v: number) => readonly number[] {
  const known = new Map<Uint8Array | undefined, readonly number[]>();
  return (v) => {
    const mask = allowedGroups[v];
    const zones = known.get(mask) ?? [...new Set(zoneOf.filter((_, group) => mask?.[group] === 1))];
    known.set(mask, zones);
    return zones;
  };
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  let best = NOWHERE;
  for (const value of values) {
    const count = (counts.get(value) ?? 0) + 1;
    counts.set(value, count);
    if (best === NOWHERE || count > (counts.get(best) ?? 0)) best = value;
  }
  return best;
}
