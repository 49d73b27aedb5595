import { type CpuSet, intersect } from '../model/cpu-set.ts';
import { groupBy } from '../model/group-by.ts';
import type { VcpuLoad } from '../model/load.ts';
import { tuning } from './constants.ts';
import { demandOf } from './estimate.ts';
import { capacityPct, type Island } from './islands.ts';
import { type Item, NOWHERE } from './item.ts';

/**
 * Whether an island starves however it is arranged: its vCPUs want more than all of its pCPUs have, by more
 * than noise, and by both readings of demand.
 */
export function isStarving(island: Island): boolean {
  const { worthStarvationPoints, agreedGainShare } = tuning;
  const carried = carriedBy(island);
  const openPct = wantedPct(island) - capacityPct(island);
  const closedPct = carried.reduce((sum, { demand }) => sum + demand.closedPct, -capacityPct(island));
  const noisePct = Math.hypot(...carried.map(({ demand }) => demand.noisePct));
  return openPct > worthStarvationPoints + noisePct && closedPct >= agreedGainShare * openPct;
}

/** What the vCPUs of an island want together. */
export function wantedPct(island: Island): number {
  return demandOf(carriedBy(island));
}

/**
 * Chooses what leaves a starving island, and for which other one: no more than it takes, and only to where
 * there is room. Time after time a vCPU goes, or all of a domain: what relieves most for each vCPU that goes.
 * @param allowedOf all that a vCPU may use, in other islands too
 */
export function relieve(
  starving: Island,
  others: readonly Island[],
  allowedOf: (vcpu: VcpuLoad) => CpuSet,
): ReadonlyMap<Item, Island> {
  const islands = [starving, ...others];
  const places = new Map(islands.flatMap((island) => carriedBy(island).map((item) => [item, island])));
  const demands = new Map(islands.map((island) => [island, wantedPct(island)]));
  const demandIn = (island: Island) => demands.get(island) ?? 0;
  const families = [...groupBy(places.keys(), ({ vcpu }) => vcpu.domain.uuid).values()];
  const targets = targetsAmong(others, allowedOf);
  const leaving = new Map<Item, Island>();
  for (;;) {
    const needPct = demandIn(starving) - capacityPct(starving);
    let best: Option | undefined;
    for (const { group, family } of families.flatMap((all) =>
      groupsIn(all, (item) => places.get(item) === starving),
    )) {
      const demandPct = demandOf(group);
      for (const to of targets(group)) {
        const roomPct = (tuning.crossingRoomPoints / 100) * capacityPct(to) - demandIn(to);
        const isDivided = group.length < family.length && !family.some((item) => places.get(item) === to);
        const price = group.length + (isDivided ? tuning.dividingPrice : 0);
        const option = { group, to, demandPct, roomPct, reliefPct: Math.min(demandPct, needPct) / price };
        if (demandPct <= roomPct && isBetter(option, best)) best = option;
      }
    }
    if (needPct <= 0 || best === undefined) return leaving;
    for (const item of best.group) {
      leaving.set(item, best.to);
      places.set(item, best.to);
    }
    demands.set(starving, demandIn(starving) - best.demandPct);
    demands.set(best.to, demandIn(best.to) + best.demandPct);
  }
}

type Option = {
  readonly group: readonly Item[];
  readonly to: Island;
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

/** Each vCPU of a domain that may leave, and all of them together. */
function groupsIn(family: readonly Item[], isHere: (item: Item) => boolean) {
  const here = family.filter((item) => item.stays === undefined && item.demand.openPct > 0 && isHere(item));
  const groups = [...here.map((item) => [item]), ...(here.length > 1 ? [here] : [])];
  return groups.map((group) => ({ group, family }));
}

/** The islands that all of a group may use. Most vCPUs share one set: each is looked at once. */
function targetsAmong(islands: readonly Island[], allowedOf: (vcpu: VcpuLoad) => CpuSet) {
  const known = new Map<CpuSet, ReadonlySet<Island>>();
  const usableBy = ({ vcpu }: Item) => {
    const allowed = allowedOf(vcpu);
    const usable =
      known.get(allowed) ??
      new Set(islands.filter(({ units }) => units.some(({ cpus }) => intersect(cpus, allowed).length > 0)));
    known.set(allowed, usable);
    return usable;
  };
  return (group: readonly Item[]) =>
    islands.filter((island) => group.every((item) => usableBy(item).has(island)));
}

/** What loads its pCPUs, or is going to. */
function carriedBy({ items }: Island): readonly Item[] {
  return items.filter(({ home, stays }) => home !== NOWHERE || stays === undefined);
}
