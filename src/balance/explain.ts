import { type CpuSet, formatCpuSet, intersect } from '../model/cpu-set.ts';
import type { LeftAlone, Move, PcpuLoad } from '../model/plan.ts';
import { level } from './evenness.ts';
import { type Item, isToPlace } from './item.ts';
import { capacityOf, groupAt, type Layout, loadPctAt, placeOf } from './layout.ts';
import type { Placing } from './place-floating.ts';
import type { Unit } from './units.ts';

/** The pins that lead from one layout to another, in the order of the items, each with its reason. */
export function movesBetween(before: Layout, after: Layout, placing: Placing): readonly Move[] {
  const going = after.items.filter((item) => isToPlace(item) || placeOf(after, item) !== item.home);
  const partners = partnersAmong(going, after);
  return going.flatMap((item): Move[] => {
    const unit = after.units[placeOf(after, item)];
    if (unit === undefined) return [];
    const { domain, vcpu, placement, allowed } = item.vcpu;
    const to = intersect(unit.cpus, allowed);
    const common = { domain, vcpu, from: placement.affinity, to, demandPct: item.demand.openPct };
    const partner = partners.get(item);
    const reason = movedReason(item, partner, before, after);
    if (item.crossing !== undefined) return [{ ...common, kind: 'move', reason: item.crossing }];
    if (isToPlace(item)) return [{ ...common, kind: 'place', reason: placedReason(item, after, placing) }];
    return [{ ...common, kind: partner === undefined ? 'move' : 'swap', reason }];
  });
}

/** Whom a settled vCPU changes places with: for each pair of pCPUs, those that cross each other's way. */
function partnersAmong(going: readonly Item[], after: Layout): ReadonlyMap<Item, Item> {
  const waiting = new Map<string, Item[]>();
  const partners = new Map<Item, Item>();
  for (const item of going) {
    if (isToPlace(item)) continue;
    const to = placeOf(after, item);
    const partner = waiting.get(`${to}>${item.home}`)?.shift();
    if (partner !== undefined) {
      partners.set(item, partner).set(partner, item);
      continue;
    }
    const route = `${item.home}>${to}`;
    waiting.set(route, [...(waiting.get(route) ?? []), item]);
  }
  return partners;
}

function placedReason(item: Item, after: Layout, placing: Placing): string {
  const { placement, limits } = item.vcpu;
  const place = placeOf(after, item);
  const others = loadPctAt(after, place) - item.demand.openPct / capacityOf(after.units[place]);
  const only = limits === undefined ? '' : `, only on ${limits}`;
  const was = shortList(placement.affinity);
  const why = item.standing === 'floating' ? `was free to run on ${was}` : `may not stay on ${was}${only}`;
  const there = {
    demand: `had room beside ${percent(others)}`,
    keep: `had room beside ${percent(others)}`,
    spread: `had the fewest vCPUs, now ${groupAt(after, place).length}`,
    last: place === item.home ? 'is where it last ran' : `had room beside ${percent(others)}`,
  };
  return `${why}; ${nameOf(after.units[place])} ${there[placing]}`;
}

/** Reasons stand in a table column. */
function shortList(cpus: CpuSet): string {
  const list = formatCpuSet(cpus);
  return list.length <= 12 ? list : `${cpus.length} pCPUs`;
}

function movedReason(item: Item, partner: Item | undefined, before: Layout, after: Layout): string {
  const to = placeOf(after, item);
  const { units } = before;
  const carries = `${nameOf(units[item.home])} carries ${loadText(before, item.home)}, ${formatCpuSet(units[to]?.cpus ?? [])} ${loadText(before, to)}`;
  return partner === undefined
    ? `${carries}; the mean is ${percent(level(before))}`
    : `changes places with ${percent(partner.demand.openPct)}: ${carries}`;
}

/** What is not moved although one might expect it: vCPUs that have to stay. */
export function leftAloneAmong(items: readonly Item[]): readonly LeftAlone[] {
  return items.flatMap(({ stays, vcpu: { domain, vcpu } }) =>
    stays === undefined ? [] : [{ domain, vcpu, reason: stays }],
  );
}

export function pcpuLoads(layout: Layout): readonly PcpuLoad[] {
  return layout.units.map(({ cpus }, position) => ({
    cpus,
    loadPct: loadPctAt(layout, position),
    vcpus: groupAt(layout, position).length,
  }));
}

/** The least and the greatest load: '72-93 %'. */
export function rangeOf(layout: Layout): string {
  const loads = layout.units.map((_, unit) => loadPctAt(layout, unit));
  const least = Math.round(Math.min(...loads));
  const most = Math.round(Math.max(...loads));
  return least === most ? `${least} %` : `${least}-${most} %`;
}

function percent(value: number): string {
  return `${Math.round(value)} %`;
}

/** A load, and with it what else its core carries. */
function loadText(layout: Layout, unit: number): string {
  const besides = (layout.threads[unit] ?? []).reduce((sum, thread) => sum + loadPctAt(layout, thread), 0);
  const load = percent(loadPctAt(layout, unit));
  return Math.round(besides) === 0 ? load : `${load} (its core ${percent(besides)} more)`;
}

/** 'pCPU 3', 'pCPUs 0-7' */
export function nameOf(unit: Pick<Unit, 'cpus'> | undefined): string {
  const cpus = unit?.cpus ?? [];
  return `pCPU${cpus.length === 1 ? '' : 's'} ${formatCpuSet(cpus)}`;
}
