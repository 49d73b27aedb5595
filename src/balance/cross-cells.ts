import { type CpuSet, cpuSet, intersect } from '../model/cpu-set.ts';
import { type HostLoad, type VcpuLoad, vcpuKey } from '../model/load.ts';
import { type Cell, cellsOf } from './cells.ts';
import { tuning } from './constants.ts';
import { capacityPct, type Island, islandsOf } from './islands.ts';
import { confined, type Item } from './item.ts';
import type { PolicySettings } from './policy.ts';
import { isStarving, relieve, wantedPct } from './relieve.ts';
import type { Unit } from './units.ts';

/** How much of the patience is used up by the cycles in a row in which an island starved, by its first pCPU. */
export type Starving = ReadonlyMap<number, number>;

type Islands = { readonly islands: readonly [Island, ...Island[]]; readonly starving: Starving };

/**
 * The islands of a host, after vCPUs have been sent from a NUMA cell to another: where theirs starves however
 * it is arranged, and has for as long as the patience says. One island at a time, the one that lacks most. What
 * has crossed stays: the cell of its affinity is the other one then.
 * @param host with the allowed sets over all cells
 */
export function crossCells(
  host: HostLoad,
  units: readonly Unit[],
  items: readonly Item[],
  before: Starving | undefined,
  { numa, urgency }: PolicySettings,
): Islands {
  const islands = islandsOf(units, items);
  const cells = cellsOf(host);
  if (numa !== 'prefer' || cells.length <= 1) return { islands, starving: new Map() };

  const waited = new Map(
    islands
      .filter(isStarving)
      .map((island) => [island, (before?.get(firstCpu(island)) ?? 0) + 1 / tuning.patienceCycles]),
  );
  const starving = (but?: Island) =>
    new Map([...waited].flatMap(([island, share]) => (island === but ? [] : [[firstCpu(island), share]])));
  const lackPct = (island: Island) => wantedPct(island) - capacityPct(island);
  const [worst] = [...waited.keys()]
    .filter((island) => urgency === 'now' || (waited.get(island) ?? 0) >= 1)
    .sort((a, b) => lackPct(b) - lackPct(a));
  if (worst === undefined) return { islands, starving: starving() };

  const allowed = new Map(host.vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu.allowed]));
  const allowedOf = (vcpu: VcpuLoad) => allowed.get(vcpuKey(vcpu)) ?? vcpu.allowed;
  const others = islands.filter((island) => !waited.has(island));
  const leaving = new Map(
    [...relieve(worst, others, allowedOf)].map(([{ vcpu }, to]) => [vcpuKey(vcpu), to]),
  );
  const crossed = items.map((item): Item => {
    const to = leaving.get(vcpuKey(item.vcpu));
    if (to === undefined) return item;
    const wants = `${Math.round(wantedPct(worst))} % of its ${capacityPct(worst)} %`;
    const reason = `${nameIn(cells, worst)} wants ${wants}; ${nameIn(cells, to)} has room`;
    const there = confined(item, intersect(allowedOf(item.vcpu), cpusOf(to)), units);
    return { ...there, standing: 'misplaced', crossing: reason };
  });
  return { islands: islandsOf(units, crossed), starving: starving(worst) };
}

function nameIn(cells: readonly Cell[], island: Island): string {
  const ids = cells.filter(({ cpus }) => intersect(cpus, cpusOf(island)).length > 0).map(({ id }) => id);
  return `cell ${ids.join()}`;
}

function cpusOf({ units }: Island): CpuSet {
  return cpuSet(units.flatMap(({ cpus }) => cpus));
}

function firstCpu({ units }: Island): number {
  return units[0]?.cpus[0] ?? -1;
}
