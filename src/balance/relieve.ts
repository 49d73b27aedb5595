import { type CpuSet, intersect } from '../model/cpu-set.ts';
import { groupBy } from '../model/group-by.ts';
import type { VcpuLoad } from '../model/load.ts';
import type { Cell } from './cells.ts';
import { tuning } from './constants.ts';
import { demandOf } from './estimate.ts';
import { type Item, NOWHERE } from './item.ts';
import type { Unit } from './units.ts';

/** Where vCPUs are and may be, over all cells. */
export type Host = {
  readonly units: readonly Unit[];
  readonly items: readonly Item[];
  readonly cells: readonly Cell[];
  /** all that a vCPU may use, in other cells than its own too */
  readonly allowedOf: (vcpu: VcpuLoad) => CpuSet;
};

/**
 * Chooses of `starving`, which want `needPct` more than there is, those that leave, and for which cell: no more
 * than it takes, and only to where there is room. Time after time a vCPU goes, or all of a domain: what relieves
 * most for each vCPU that goes.
 */
export function relieve(starving: readonly Item[], needPct: number, host: Host): ReadonlyMap<Item, Cell> {
  const cellOf = (item: Item): Cell | undefined => leaving.get(item) ?? homes.get(item);
  const homes = homesOf(host);
  const roomAtFirst = rooms(host);
  const movable = starving.filter(({ stays, demand }) => stays === undefined && demand.openPct > 0);
  const families = groupBy(host.items, ({ vcpu }) => vcpu.domain.uuid);
  const leaving = new Map<Item, Cell>();
  for (;;) {
    const leftPct = needPct - demandOf([...leaving.keys()]);
    if (leftPct <= 0) return leaving;
    const arrivedPct = new Map(
      [...groupBy(leaving, ([, to]) => to)].map(([to, all]) => [to, demandOf(all.map(([item]) => item))]),
    );
    let best: Option | undefined;
    const staying = movable.filter((item) => !leaving.has(item));
    for (const group of groupsOf(staying)) {
      const demandPct = demandOf(group);
      const family = families.get(group[0].vcpu.domain.uuid) ?? [];
      for (const to of host.cells) {
        const roomPct = roomAtFirst(group, to) - (arrivedPct.get(to) ?? 0);
        if (to === cellOf(group[0]) || demandPct > roomPct) continue;
        const isDivided = group.length < family.length && !family.some((item) => cellOf(item) === to);
        const price = group.length + (isDivided ? tuning.dividingPrice : 0);
        const option = { group, to, demandPct, roomPct, reliefPct: Math.min(demandPct, leftPct) / price };
        if (isBetter(option, best)) best = option;
      }
    }
    if (best === undefined) return leaving;
    for (const item of best.group) leaving.set(item, best.to);
  }
}

type Group = readonly [Item, ...Item[]];

type Option = {
  readonly group: Group;
  readonly to: Cell;
  readonly demandPct: number;
  readonly roomPct: number;
  /** what of it is needed, for each vCPU that goes; a domain that is divided counts as more of them */
  readonly reliefPct: number;
};

/** Of equals the smallest, then where there is most room, then the first. */
function isBetter(a: Option, b: Option | undefined): boolean {
  if (b === undefined) return true;
  const rather = a.reliefPct - b.reliefPct || b.demandPct - a.demandPct || a.roomPct - b.roomPct;
  return rather > 1e-9;
}

/** Each vCPU for itself, and those of a domain together. */
function groupsOf(items: readonly Item[]): readonly Group[] {
  const families = [...groupBy(items, ({ vcpu }) => vcpu.domain.uuid).values()];
  return families.flatMap((family) => [
    ...family.map((item): Group => [item]),
    ...(family.length > 1 ? [family] : []),
  ]);
}

function homesOf({ units, items, cells }: Host): ReadonlyMap<Item, Cell | undefined> {
  const cellAt = units.map(({ cpus: [cpu = NOWHERE] }) => cells.find((cell) => cell.cpus.includes(cpu)));
  return new Map(items.map((item) => [item, cellAt[item.home]]));
}

/**
 * The room of a cell on those of its pCPUs that all of a group may use, whatever the others have: a vCPU that
 * has crossed to where it cannot get out of the way would have to cross back.
 */
function rooms({ units, items, allowedOf }: Host) {
  const loads = units.map(() => 0);
  for (const { home, demand } of items)
    if (home !== NOWHERE) loads[home] = (loads[home] ?? 0) + demand.openPct;
  // Most vCPUs share one set: each is looked at once.
  const known = new Map<CpuSet, Map<Cell, number>>();
  return (group: Group, to: Cell): number => {
    const [first = [], ...more] = new Set(group.map(({ vcpu }) => allowedOf(vcpu)));
    const usable = more.reduce(intersect, first);
    const byCell = known.get(usable) ?? new Map<Cell, number>();
    known.set(usable, byCell);
    const room =
      byCell.get(to) ??
      units.reduce((sum, { cpus }, unit) => {
        const count = intersect(intersect(cpus, to.cpus), usable).length;
        return count === 0 ? sum : sum + tuning.crossingRoomPoints * count - (loads[unit] ?? 0);
      }, 0);
    byCell.set(to, room);
    return room;
  };
}
