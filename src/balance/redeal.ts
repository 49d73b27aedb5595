import { type Layout, put } from './layout.ts';
import type { Scale } from './objective.ts';
import { emptiestFor, largestFirst, without } from './placement.ts';
import { NOWHERE } from './problem.ts';

/**
 * Everything that may be moved dealt out anew, the largest first, each to the emptiest group; where it is now counts as
 * emptier by what a pin has to gain. With `keepFitting`, what fits below the mean load where it is stays there.
 */
export function redeal(layout: Layout, scale: Scale, keepFitting: boolean): Layout {
  const { problem, place } = layout;
  const { demand, capacity, allowedGroups, pinWeight, origin } = problem;
  const order = largestFirst(problem, (v) => problem.movable[v] === 1 && place[v] !== NOWHERE);
  const dealt = without(layout, order);
  const left: number[] = [];
  for (const v of order) {
    const group = origin[v] as number;
    const weight = (dealt.weighted[group] as number) + (demand[v] as number) / (capacity[group] as number);
    const isFitting = (dealt.count[group] as number) === 0 || weight <= scale.meanLoad;
    if (keepFitting && allowedGroups[v]?.[group] === 1 && isFitting) put(dealt, v, group);
    else left.push(v);
  }
  for (const v of left) {
    const discount = (scale.pinPrice * (pinWeight[v] as number)) / Math.max(1, 2 * (demand[v] as number));
    put(dealt, v, emptiestFor(dealt, v, scale, discount));
  }
  return dealt;
}
