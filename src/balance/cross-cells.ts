import { type CpuSet, cpuSet, intersect } from '../model/cpu-set.ts';
import { type HostLoad, type VcpuLoad, vcpuKey } from '../model/load.ts';
import { type Cell, cellsOf } from './cells.ts';
import { tuning } from './constants.ts';
import { demandOf } from './estimate.ts';
import { type Island, islandsOf } from './islands.ts';
import { confined, type Item, NOWHERE } from './item.ts';
import type { PolicySettings } from './policy.ts';
import { relieve } from './relieve.ts';
import type { Unit } from './units.ts';

/** How much of the patience is used up by the cycles in a row in which an island starved, by its first pCPU. */
export type Starving = ReadonlyMap<number, number>;

type Crossed = { readonly islands: readonly [Island, ...Island[]]; readonly starving: Starving };

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
): Crossed {
  const islands = islandsOf(units, items);
  const cells = cellsOf(host);
  if (numa !== 'prefer' || cells.length <= 1) return { islands, starving: new Map() };

  const waited = islands
    .filter(isStarving)
    .map((island) => ({ island, share: (before?.get(firstCpu(island)) ?? 0) + 1 / tuning.patienceCycles }));
  const [worst] = waited
    .filter(({ share }) => urgency === 'now' || share >= 1)
    .sort((a, b) => lackPct(b.island) - lackPct(a.island));
  const starving = new Map(
    waited.filter((each) => each !== worst).map(({ island, share }) => [firstCpu(island), share]),
  );
  if (worst === undefined) return { islands, starving };

  const allowed = new Map(host.vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu.allowed]));
  const allowedOf = (vcpu: VcpuLoad) => allowed.get(vcpuKey(vcpu)) ?? vcpu.allowed;
  const members = new Set(worst.island.items.map(({ vcpu }) => vcpuKey(vcpu)));
  const leaving = relieve(
    items.filter(({ vcpu }) => members.has(vcpuKey(vcpu))),
    lackPct(worst.island),
    { units, items, cells, allowedOf },
  );
  const wants = `${namesIn(cells, worst.island)} wants ${Math.round(wantedPct(worst.island))} % of its ${capacityPct(worst.island)} %`;
  const crossed = items.map((item): Item => {
    const to = leaving.get(item);
    if (to === undefined) return item;
    const there = confined(item, intersect(allowedOf(item.vcpu), to.cpus), units);
    return { ...there, standing: 'misplaced', crossing: `${wants}; cell ${to.id} has room` };
  });
  return { islands: islandsOf(units, crossed), starving };
}

/**
 * Whether an island starves however it is arranged: its vCPUs want more than all of its pCPUs have, by more
 * than noise, and by both readings of demand.
 */
function isStarving(island: Island): boolean {
  const { cellStarvationPoints, agreedGainShare } = tuning;
  const carried = carriedBy(island);
  const closedPct = carried.reduce((sum, { demand }) => sum + demand.closedPct, -capacityPct(island));
  const noisePct = Math.hypot(...carried.map(({ demand }) => demand.noisePct));
  const openPct = lackPct(island);
  return openPct > cellStarvationPoints + noisePct && closedPct >= agreedGainShare * openPct;
}

/** What its vCPUs want beyond what its pCPUs have. */
function lackPct(island: Island): number {
  return wantedPct(island) - capacityPct(island);
}

function wantedPct(island: Island): number {
  return demandOf(carriedBy(island));
}

function capacityPct(island: Island): number {
  return 100 * cpusOf(island).length;
}

/** What loads its pCPUs, or is going to. */
function carriedBy({ items }: Island): readonly Item[] {
  return items.filter(({ home, stays }) => home !== NOWHERE || stays === undefined);
}

function namesIn(cells: readonly Cell[], island: Island): string {
  const ids = cells.filter(({ cpus }) => intersect(cpus, cpusOf(island)).length > 0).map(({ id }) => id);
  return `cell ${ids.join()}`;
}

function cpusOf({ units }: Island): CpuSet {
  return cpuSet(units.flatMap(({ cpus }) => cpus));
}

function firstCpu({ units }: Island): number {
  return units[0]?.cpus[0] ?? NOWHERE;
}
