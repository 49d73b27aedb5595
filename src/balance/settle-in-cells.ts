import { type CpuSet, intersect } from '../model/cpu-set.ts';
import { groupBy } from '../model/group-by.ts';
import { bandAround, isIdle } from './bands.ts';
import type { Cell } from './cells.ts';
import { demandOf } from './estimate.ts';
import { confined, type Item } from './item.ts';
import { layoutAtHome } from './layout.ts';
import type { PolicySettings } from './policy.ts';
import type { Unit } from './units.ts';

/**
 * Decides for the vCPUs that float over several NUMA cells in which one they are to get a pCPU: those of a
 * domain in the same, the largest domain first; where the domain is or runs, while that cell is no fuller than
 * others, or else in the emptiest. A domain that no cell has room for is left to all. So are all on an idle host.
 */
export function settleInCells(
  items: readonly Item[],
  units: readonly Unit[],
  cells: readonly Cell[],
  settings: PolicySettings,
): readonly Item[] {
  const isOverSeveral = overSeveral(cells);
  const floating = new Set(
    items.filter(({ stays, vcpu }) => stays === undefined && isOverSeveral(vcpu.allowed)),
  );
  if (floating.size === 0 || settings.place !== 'demand') return items;
  if (isIdle(layoutAtHome(items, units))) return items;

  const cellAt = units.map(({ cpus: [cpu] }) => cells.find((cell) => cell.cpus.includes(cpu ?? -1)));
  const loads = new Map(cells.map((cell) => [cell, 0]));
  const homes = new Map<string, Cell>();
  const add = (cell: Cell, items: readonly Item[]) =>
    loads.set(cell, (loads.get(cell) ?? 0) + demandOf(items));
  for (const item of items) {
    const cell = cellAt[item.home];
    if (cell === undefined || floating.has(item)) continue;
    add(cell, [item]);
    homes.set(item.vcpu.domain.uuid, cell);
  }
  const meanPct = demandOf(items) / units.reduce((sum, { cpus }) => sum + cpus.length, 0);
  const { highPct } = bandAround(meanPct, settings);

  const chosen = new Map<Item, Cell>();
  const domains = [...groupBy(floating, ({ vcpu }) => vcpu.domain.uuid)];
  for (const [uuid, group] of domains.sort(([, a], [, b]) => demandOf(b) - demandOf(a))) {
    const filledPct = (cell: Cell) => ((loads.get(cell) ?? 0) + demandOf(group)) / cell.cpus.length;
    const hasRoom = (cell: Cell) => group.length <= cell.cpus.length && filledPct(cell) <= 100;
    const runsIn = mostFrequent(group.map(({ home }) => cellAt[home]));
    const options = cells
      .filter(
        (cell) => hasRoom(cell) && group.every(({ vcpu }) => intersect(vcpu.allowed, cell.cpus).length > 0),
      )
      .sort((a, b) => filledPct(a) - filledPct(b) || Number(b === runsIn) - Number(a === runsIn));
    const cell =
      options.find((each) => each === homes.get(uuid)) ??
      options.find((each) => each === runsIn && filledPct(each) <= highPct) ??
      options[0];
    if (cell === undefined) continue;
    add(cell, group);
    for (const item of group) chosen.set(item, cell);
  }
  return items.map((item) => {
    const cell = chosen.get(item);
    return cell === undefined ? item : confined(item, intersect(item.vcpu.allowed, cell.cpus), units);
  });
}

/** Whether a set lies in several cells. Most vCPUs share one: each is looked at once. */
function overSeveral(cells: readonly Cell[]): (set: CpuSet) => boolean {
  const known = new Map<CpuSet, boolean>();
  return (set) => {
    const isOver = known.get(set) ?? cells.filter(({ cpus }) => intersect(set, cpus).length > 0).length > 1;
    known.set(set, isOver);
    return isOver;
  };
}

function mostFrequent<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce<readonly [T | undefined, number]>(
    (a, b) => (b[1] > a[1] ? b : a),
    [undefined, 0],
  )[0];
}
