import type { CpuSet } from '../model/cpu-set.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { LeftAlone, Move, PcpuLoad } from '../model/plan.ts';
import { mean } from './evenness.ts';
import { type Item, isToPlace } from './item.ts';
import { groupAt, type Layout, loadAt, placeOf } from './layout.ts';
import type { Placing } from './place-floating.ts';

/** The pins that lead from one layout to another, in the order of the items, each with its reason. */
export function movesBetween(
  before: Layout,
  after: Layout,
  pcpus: CpuSet,
  placing: Placing,
): readonly Move[] {
  const going = after.items.filter((item) => isToPlace(item) || placeOf(after, item) !== item.home);
  const partners = partnersAmong(going, after);
  return going.flatMap((item): Move[] => {
    const pcpu = pcpus[placeOf(after, item)];
    if (pcpu === undefined) return [];
    const { domain, vcpu, placement } = item.vcpu;
    const common = { domain, vcpu, from: placement.affinity, to: [pcpu], demandPct: item.demand.openPct };
    const partner = partners.get(item);
    const reason = movedReason(item, partner, before, after, pcpus);
    if (isToPlace(item))
      return [{ ...common, kind: 'place', reason: placedReason(item, after, pcpus, placing) }];
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

function placedReason(item: Item, after: Layout, pcpus: CpuSet, placing: Placing): string {
  const { affinity } = item.vcpu.placement;
  const pcpu = placeOf(after, item);
  const others = loadAt(after, pcpu) - item.demand.openPct;
  const was = item.standing === 'floating' ? 'was free to run on' : 'may not stay on';
  const there = {
    demand: `had room beside ${percent(others)}`,
    keep: `had room beside ${percent(others)}`,
    spread: `had the fewest vCPUs, now ${groupAt(after, pcpu).length}`,
    last: pcpu === item.home ? 'is where it last ran' : `had room beside ${percent(others)}`,
  };
  return `${was} ${shortList(affinity)}; pCPU ${pcpus[pcpu]} ${there[placing]}`;
}

/** Reasons stand in a table column. */
function shortList(cpus: CpuSet): string {
  const list = formatCpuSet(cpus);
  return list.length <= 12 ? list : `${cpus.length} pCPUs`;
}

function movedReason(
  item: Item,
  partner: Item | undefined,
  before: Layout,
  after: Layout,
  pcpus: CpuSet,
): string {
  const to = placeOf(after, item);
  const carries = `pCPU ${pcpus[item.home]} carries ${percent(loadAt(before, item.home))}, ${pcpus[to]} ${percent(loadAt(before, to))}`;
  return partner === undefined
    ? `${carries}; the mean is ${percent(mean(before.loads))}`
    : `changes places with ${percent(partner.demand.openPct)}: ${carries}`;
}

/** What is not moved although one might expect it: vCPUs that have to stay. */
export function leftAloneAmong(items: readonly Item[]): readonly LeftAlone[] {
  return items.flatMap(({ stays, vcpu: { domain, vcpu } }) =>
    stays === undefined ? [] : [{ domain, vcpu, reason: stays }],
  );
}

export function pcpuLoads(layout: Layout, pcpus: CpuSet): readonly PcpuLoad[] {
  return pcpus.map((pcpu, position) => ({
    pcpu,
    loadPct: loadAt(layout, position),
    vcpus: groupAt(layout, position).length,
  }));
}

/** The least and the greatest load: '72-93 %'. */
export function rangeOf(loads: readonly number[]): string {
  const least = Math.round(Math.min(...loads));
  const most = Math.round(Math.max(...loads));
  return least === most ? `${least} %` : `${least}-${most} %`;
}

function percent(value: number): string {
  return `${Math.round(value)} %`;
}
