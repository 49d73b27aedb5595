import { type CpuGroup, nameOf } from '../model/cpu-groups.ts';
import { type CpuSet, cpuSet, formatCpuSet, intersect } from '../model/cpu-set.ts';
import { groupBy } from '../model/group-by.ts';
import type { VcpuLoad } from '../model/host-load.ts';
import { limitsText } from '../model/limit.ts';
import { memoized } from '../model/memoized.ts';
import type { ComponentVerdict, LeftAlone, Move, Plan, PlannedLoad, VerdictKind } from '../model/plan.ts';
import { isGoing, type Layout, loadPctAt } from './layout.ts';
import type { Placing } from './placement.ts';
import { floating, type Problem, sumOf } from './problem.ts';

/** A part of the host as it is, as it is to be, and why. */
export type Outcome = {
  readonly before: Layout;
  readonly after: Layout;
  /** after the best plan that was found; undefined: as `after` */
  readonly best?: Layout | undefined;
  readonly verdict: ComponentVerdict;
};

/** One plan for the host from what is to be done with its parts. */
export function buildPlan(parts: readonly Outcome[], placing: Placing, isCertain: boolean): Plan {
  const verdicts = parts.map(({ verdict }) => verdict);
  const byPcpu = ({ cpus: [a = 0] }: PlannedLoad, { cpus: [b = 0] }: PlannedLoad) => a - b;
  return {
    moves: parts.flatMap(({ before, after }) => movesBetween(before, after, placing)),
    summary: summaryOf(verdicts),
    verdict: { kind: kindOf(verdicts), components: verdicts },
    isCertain,
    before: parts.flatMap(({ before }) => pcpuLoads(before)).sort(byPcpu),
    after: parts.flatMap(({ after }) => pcpuLoads(after)).sort(byPcpu),
    best: parts.flatMap(({ after, best = after }) => pcpuLoads(best)).sort(byPcpu),
    leftAlone: parts.flatMap(({ before }) => leftAloneAmong(before.problem)),
  };
}

/** What most needs to be said of several parts, first. */
const rather: readonly VerdictKind[] = [
  'moves',
  'waits',
  'over-budget',
  'cautious-loss',
  'overloaded',
  'no-gain',
  'rule',
];

function kindOf(verdicts: readonly ComponentVerdict[]): VerdictKind {
  const kinds = new Set(verdicts.map(({ kind }) => kind));
  return rather.find((kind) => kinds.has(kind)) ?? verdicts[0]?.kind ?? 'unusable';
}

/** Of the parts where something is moved; if there is none, of all. More than three are counted. */
function summaryOf(verdicts: readonly ComponentVerdict[]): string {
  const [only, ...others] = verdicts;
  if (only !== undefined && others.length === 0) return only.text;
  const moving = verdicts.filter(({ kind }) => kind === 'moves');
  const told = moving.length > 0 ? moving : verdicts;
  const texts = told.slice(0, 3).map(({ cpus, text }) => `${nameOf({ cpus: cpuSet(cpus) })}: ${text}`);
  return [...texts, ...(told.length > 3 ? [`and ${told.length - 3} more parts of the host`] : [])].join('; ');
}

/** The pins that lead from one layout to another, in the order of the vCPUs, each with its reason. */
function movesBetween(before: Layout, after: Layout, placing: Placing): readonly Move[] {
  const { origin, unplaced, vcpus, groups, demand, capacity, crossingReasons } = before.problem;
  const { place } = after;
  const going: number[] = [];
  for (let v = 0; v < place.length; v++) if (isGoing(after, v)) going.push(v);
  if (going.length === 0) return [];
  const partners = partnersAmong(going, after);
  const loadAt = memoized((group: number) => loadText(before, group));
  const all = [...groups.keys()];
  const mean = `mean ${percent(sumOf(after.load, all) / sumOf(capacity, all))}`;
  return going.map((v): Move => {
    const { domain, vcpu, placement, allowed } = vcpus[v] as VcpuLoad;
    const { cpus } = groups[place[v] as number] as CpuGroup;
    const partner = partners.get(v);
    const crossing = crossingReasons[v];
    const movedReason = () => {
      const loads = `${loadAt(origin[v] as number)}, ${loadAt(place[v] as number)}`;
      return partner === undefined
        ? `${loads}, ${mean}`
        : `changes places with ${percent(demand[partner] as number)}: ${loads}`;
    };
    return {
      domain,
      vcpu,
      kind: unplaced[v] !== 0 && crossing === undefined ? 'place' : partner === undefined ? 'move' : 'swap',
      from: placement.affinity,
      to: cpus.length === 1 ? cpus : intersect(cpus, allowed),
      demandPct: demand[v] as number,
      reason: crossing ?? (unplaced[v] === 0 ? movedReason() : placedReason(after, v, placing)),
    };
  });
}

/** With whom a vCPU changes places: of those that go from one group to another, with one that goes the other way. */
function partnersAmong(going: readonly number[], { place, problem }: Layout): ReadonlyMap<number, number> {
  const { origin, unplaced, groups } = problem;
  const wayOf = (from: number, to: number) => from * groups.length + to;
  const moving = going.filter((v) => unplaced[v] === 0);
  const ways = groupBy(moving, (v) => wayOf(origin[v] as number, place[v] as number));
  const pairs = [...ways.values()].flatMap((vcpus) => {
    const [first] = vcpus;
    const others = ways.get(wayOf(place[first] as number, origin[first] as number)) ?? [];
    return others.slice(0, vcpus.length).map((other, i) => [vcpus[i] as number, other] as const);
  });
  return new Map(pairs);
}

/** `pCPU 0 at 130 % (90 % is the host's own)`, and with it what else its core carries. */
function loadText(layout: Layout, group: number): string {
  const { groups, threads } = layout.problem;
  const load = `${nameOf(groups[group] as CpuGroup)} at ${percent(loadPctAt(layout, group))}`;
  const own = Math.round(backgroundPctAt(layout, group));
  const besides = (threads[group] ?? []).reduce((sum, thread) => sum + loadPctAt(layout, thread), 0);
  const notes = [
    ...(own === 0 ? [] : [`${own} % is the host's own`]),
    ...(Math.round(besides) === 0 ? [] : [`its core ${percent(besides)} more`]),
  ];
  return notes.length === 0 ? load : `${load} (${notes.join(', ')})`;
}

function placedReason(after: Layout, v: number, placing: Placing): string {
  const { vcpus, unplaced, origin, groups, demand, capacity } = after.problem;
  const { limits, placement } = vcpus[v] as VcpuLoad;
  const group = after.place[v] as number;
  const others = loadPctAt(after, group) - (demand[v] as number) / (capacity[group] as number);
  const only = limits.length === 0 ? '' : `, only on ${limitsText(limits)}`;
  const was = shortList(placement.affinity);
  const why = unplaced[v] === floating ? `was free to run on ${was}` : `may not stay on ${was}${only}`;
  const room = `had room beside ${percent(others)}`;
  const there = {
    demand: room,
    keep: room,
    spread: `had the fewest vCPUs, now ${after.count[group]}`,
    last: group === origin[v] ? 'is where it last ran' : room,
  };
  return `${why}; ${nameOf(groups[group] as CpuGroup)} ${there[placing]}`;
}

/** Reasons stand in a table column. */
function shortList(cpus: CpuSet): string {
  const list = formatCpuSet(cpus);
  return list.length <= 12 ? list : `${cpus.length} pCPUs`;
}

/** What is not moved although one might expect it. */
function leftAloneAmong({ vcpus, heldReasons }: Problem): readonly LeftAlone[] {
  const leftAlone: LeftAlone[] = [];
  for (let v = 0; v < heldReasons.length; v++) {
    const reason = heldReasons[v];
    const { domain, vcpu, reading, allowed } = vcpus[v] as VcpuLoad;
    if (reason === undefined) continue;
    const kind = allowed.length === 0 ? 'limited' : reading.kind === 'measured' ? 'policy' : 'unmeasured';
    leftAlone.push({ domain, vcpu, kind, reason });
  }
  return leftAlone;
}

function pcpuLoads(layout: Layout): readonly PlannedLoad[] {
  return layout.problem.groups.map(({ cpus }, group) => ({
    cpus,
    loadPct: loadPctAt(layout, group),
    backgroundPct: backgroundPctAt(layout, group),
    vcpus: layout.count[group] as number,
  }));
}

function backgroundPctAt({ problem }: Layout, group: number): number {
  return (problem.background[group] as number) / (problem.capacity[group] as number);
}

function percent(value: number): string {
  return `${Math.round(value)} %`;
}
