import type { Layout } from './layout.ts';
import { type Level, NOWHERE } from './problem.ts';
import { tuning } from './tuning.ts';

/**
 * What it costs in pins that a vCPU is on a group beside, or away from, the others of its domain: those that share the
 * group, beyond what it has pCPUs for, and on each level those that are in other zones, beyond what its zone has pCPUs
 * for. Half of the sum over all vCPUs is what a layout costs.
 */
export function companyCost(layout: Layout, v: number, group: number): number {
  const { levels, domain } = layout.problem;
  if (domain[v] === NOWHERE || group === NOWHERE) return 0;
  let cost = pairCost(layout, v, group);
  for (const level of levels) cost += outsideCost(layout, level, v, group);
  return cost;
}

export function pairCost({ problem, place }: Layout, v: number, group: number): number {
  const { domain, groups } = problem;
  const first = domain[v] as number;
  let beside = 0;
  for (let other = first; domain[other] === first; other++)
    if (place[other] === group && other !== v) beside += 1;
  return beside === 0 ? 0 : tuning.pairPins * Math.max(0, beside + 1 - (groups[group]?.cpus.length ?? 1));
}

function outsideCost({ problem, place }: Layout, level: Level, v: number, group: number): number {
  const { domain } = problem;
  const { zoneOf, cpusOf } = level;
  const first = domain[v] as number;
  const zone = zoneOf[group];
  let near = 0;
  let others = 0;
  for (let other = first; domain[other] === first; other++) {
    const at = place[other] as number;
    if (other === v || at === NOWHERE) continue;
    others += 1;
    if (zoneOf[at] === zone) near += 1;
  }
  if (others === 0) return 0;
  return (tuning.outsidePins * (others - Math.min(near, (cpusOf[group] as number) - 1))) / others;
}

/** What a step adds to that. */
export function companyChange(layout: Layout, v: number, back: number, from: number, to: number): number {
  const { domain } = layout.problem;
  // Two of one domain that change places leave all as it is.
  if (back !== NOWHERE && domain[v] === domain[back] && domain[v] !== NOWHERE) return 0;
  return changeFor(layout, v, from, to) + (back === NOWHERE ? 0 : changeFor(layout, back, to, from));
}

function changeFor(layout: Layout, v: number, from: number, to: number): number {
  const { levels, domain } = layout.problem;
  if (domain[v] === NOWHERE) return 0;
  let change = pairCost(layout, v, to) - pairCost(layout, v, from);
  for (const level of levels) {
    if (level.zoneOf[from] !== level.zoneOf[to])
      change += outsideCost(layout, level, v, to) - outsideCost(layout, level, v, from);
  }
  return change;
}
