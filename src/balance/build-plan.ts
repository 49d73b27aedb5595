import { nameOf } from '../model/cpu-groups.ts';
import { type CpuSet, cpuSet, formatCpuSet, intersect } from '../model/cpu-set.ts';
import { limitsText } from '../model/limit.ts';
import type { VcpuLoad } from '../model/load.ts';
import type { ComponentVerdict, LeftAlone, Move, PcpuLoad, Plan, VerdictKind } from '../model/plan.ts';
import { type Layout, loadPctAt } from './layout.ts';
import type { Placing } from './placement.ts';
import { floating, NOWHERE, type Problem } from './problem.ts';

/** A part of the host as it is, as it is to be, and why. */
export type Outcome = {
  readonly before: Layout;
  readonly after: Layout;
  readonly verdict: ComponentVerdict;
};

/** One plan for the host from what is to be done with its parts. */
export function buildPlan(parts: readonly Outcome[], placing: Placing, isCertain: boolean): Plan {
  const verdicts = parts.map(({ verdict }) => verdict);
  const byPcpu = ({ cpus: [a = 0] }: PcpuLoad, { cpus: [b = 0] }: PcpuLoad) => a - b;
  return {
    moves: parts.flatMap(({ before, after }) => movesBetween(before, after, placing)),
    summary: summaryOf(verdicts),
    verdict: { kind: kindOf(verdicts), components: verdicts },
    isCertain,
    before: parts.flatMap(({ before }) => pcpuLoads(before)).sort(byPcpu),
    after: parts.flatMap(({ after }) => pcpuLoads(after)).sort(byPcpu),
    leftAlone: parts.flatMap(({ before }) => leftAloneAmong(before.problem)),
  };
}

/** What most needs to be said of several parts. */
function kindOf(verdicts: readonly ComponentVerdict[]): VerdictKind {
  const rather: readonly VerdictKind[] = [
    'moves',
    'waits',
    'over-budget',
    'cautious-loss',
    'no-gain',
    'rule',
  ];
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
  const { problem } = before;
  const { origin, movable, unplaced, vcpus, groups } = problem;
  const going: number[] = [];
  for (let v = 0; v < vcpus.length; v++) {
    const to = after.place[v] as number;
    if (movable[v] !== 0 && to !== NOWHERE && (unplaced[v] !== 0 || to !== origin[v])) going.push(v);
  }
  if (going.length === 0) return [];
  const partners = partnersAmong(going, after);
  const loads = problem.groups.map((_, group) => loadText(before, group));
  const mean = `mean ${Math.round(meanPct(before))} %`;
  return going.flatMap((v): readonly Move[] => {
    const to = after.place[v] as number;
    const [vcpu, group] = [vcpus[v], groups[to]];
    if (vcpu === undefined || group === undefined) return [];
    const partner = partners.get(v);
    const crossing = problem.crossingReasons[v];
    const loadsOf = `${loads[origin[v] as number]}, ${loads[to]}`;
    const moved =
      partner === undefined
        ? `${loadsOf}, ${mean}`
        : `changes places with ${percent(problem.demand[partner] as number)}: ${loadsOf}`;
    const reason = crossing ?? (unplaced[v] === 0 ? moved : placedReason(after, v, placing));
    return [
      {
        domain: vcpu.domain,
        vcpu: vcpu.vcpu,
        kind: unplaced[v] !== 0 && crossing === undefined ? 'place' : partner === undefined ? 'move' : 'swap',
        from: vcpu.placement.affinity,
        to: group.cpus.length === 1 ? group.cpus : intersect(group.cpus, vcpu.allowed),
        demandPct: problem.demand[v] as number,
        reason,
      },
    ];
  });
}

/** With whom a vCPU changes places: for each pair of groups, those that cross each other's way. */
function partnersAmong(going: readonly number[], { place, problem }: Layout): ReadonlyMap<number, number> {
  const { origin, unplaced, groups } = problem;
  const waiting = new Map<number, number[]>();
  const partners = new Map<number, number>();
  for (const v of going) {
    if (unplaced[v] !== 0) continue;
    const from = origin[v] as number;
    const to = place[v] as number;
    const partner = waiting.get(to * groups.length + from)?.shift();
    if (partner !== undefined) {
      partners.set(v, partner).set(partner, v);
      continue;
    }
    const route = from * groups.length + to;
    const alike = waiting.get(route);
    if (alike === undefined) waiting.set(route, [v]);
    else alike.push(v);
  }
  return partners;
}

/** `pCPU 0 at 130 % (90 % is the host's own)`, and with it what else its core carries. */
function loadText(layout: Layout, group: number): string {
  const { groups, threads } = layout.problem;
  const load = `${nameOf(groups[group] ?? { cpus: [] })} at ${percent(loadPctAt(layout, group))}`;
  const own = Math.round(backgroundPctAt(layout, group));
  const besides = (threads[group] ?? []).reduce((sum, thread) => sum + loadPctAt(layout, thread), 0);
  const notes = [
    ...(own === 0 ? [] : [`${own} % is the host's own`]),
    ...(Math.round(besides) === 0 ? [] : [`its core ${percent(besides)} more`]),
  ];
  return notes.length === 0 ? load : `${load} (${notes.join(', ')})`;
}

function meanPct({ load, problem }: Layout): number {
  const capacity = problem.capacity.reduce((sum, each) => sum + each, 0);
  return capacity === 0 ? 0 : load.reduce((sum, points) => sum + points, 0) / capacity;
}

function placedReason(after: Layout, v: number, placing: Placing): string {
  const { vcpus, unplaced, origin, groups, demand } = after.problem;
  const vcpu = vcpus[v];
  const group = after.place[v] as number;
  const cpus = groups[group]?.cpus ?? [];
  const others = loadPctAt(after, group) - (demand[v] as number) / (after.problem.capacity[group] ?? 1);
  const limits = limitsText(vcpu?.limits ?? []);
  const only = limits === undefined ? '' : `, only on ${limits}`;
  const was = shortList(vcpu?.placement.affinity ?? []);
  const why = unplaced[v] === floating ? `was free to run on ${was}` : `may not stay on ${was}${only}`;
  const room = `had room beside ${percent(others)}`;
  const there = {
    demand: room,
    keep: room,
    spread: `had the fewest vCPUs, now ${after.count[group]}`,
    last: group === origin[v] ? 'is where it last ran' : room,
  };
  return `${why}; ${nameOf({ cpus })} ${there[placing]}`;
}

/** Reasons stand in a table column. */
function shortList(cpus: CpuSet): string {
  const list = formatCpuSet(cpus);
  return list.length <= 12 ? list : `${cpus.length} pCPUs`;
}

/** What is not moved although one might expect it. */
function leftAloneAmong({ vcpus, heldReasons }: Problem): readonly LeftAlone[] {
  const found: LeftAlone[] = [];
  for (let v = 0; v < vcpus.length; v++) {
    const reason = heldReasons[v];
    if (reason === undefined) continue;
    const { domain, vcpu } = vcpus[v] as VcpuLoad;
    found.push({ domain, vcpu, reason });
  }
  return found;
}

export function pcpuLoads(layout: Layout): readonly PcpuLoad[] {
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
