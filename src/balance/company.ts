import { tuning } from './constants.ts';
import type { Layout } from './layout.ts';
import { NOWHERE } from './problem.ts';

/**
 * What it costs in pins that a vCPU is on a group beside, or away from, the others of its domain: those that share the
 * group, beyond what it has pCPUs for, and on each level those that are in other zones, beyond what its zone has pCPUs
 * for. Half of the sum over all vCPUs is what a layout costs.
 */
export function companyCost({ problem, place }: Layout, v: number, group: number): number {
  const { domain, groups, levels } = problem;
  const own = domain[v] as number;
  if (own === NOWHERE || group === NOWHERE) return 0;
  let first = v;
  while (domain[first - 1] === own) first -= 1;
  let here = 0;
  let others = 0;
  for (let other = first; domain[other] === own; other++) {
    if (other === v || place[other] === NOWHERE) continue;
    others += 1;
    if (place[other] === group) here += 1;
  }
  let cost = here === 0 ? 0 : tuning.pairPins * Math.max(0, here + 1 - (groups[group]?.cpus.length ?? 1));
  for (let level = 0; level < levels.length && others > 0; level++) {
    const { zoneOf, cpusOf } = levels[level] as (typeof levels)[number];
    let near = 0;
    for (let other = first; domain[other] === own; other++)
      if (other !== v && zoneOf[place[other] as number] === zoneOf[group]) near += 1;
    cost += (tuning.outsidePins * (others - Math.min(near, (cpusOf[group] as number) - 1))) / others;
  }
  return cost;
}

/** What a step adds to that. */
export function companyChange(layout: Layout, v: number, back: number, from: number, to: number): number {
  const { domain } = layout.problem;
  const going = domain[v] === NOWHERE ? 0 : companyCost(layout, v, to) - companyCost(layout, v, from);
  if (back === NOWHERE || domain[back] === NOWHERE) return going;
  // Two of one domain that change places leave all as it is.
  if (domain[v] === domain[back]) return 0;
  return going + companyCost(layout, back, from) - companyCost(layout, back, to);
}
