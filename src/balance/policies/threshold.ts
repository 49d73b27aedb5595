import type { Plan } from '../../model/plan.ts';
import { adjust, lessPins, withPins } from '../adjust.ts';
import { begin, planTo } from '../begin.ts';
import { cellsOf, stayInCells } from '../cells.ts';
import { choose } from '../choose.ts';
import { crossCells, type Starving } from '../cross-cells.ts';
import { estimate, type Remembered } from '../estimate.ts';
import { inOrder } from '../in-order.ts';
import type { Island } from '../islands.ts';
import { itemsOf } from '../item.ts';
import { joinPlans } from '../join-plans.ts';
import type { Policy, PolicySettings } from '../policy.ts';
import { settleInCells } from '../settle-in-cells.ts';
import { unitsOf } from '../units.ts';

/** What the policy carries from one cycle to the next. */
export type ThresholdMemory = {
  readonly remembered: Remembered;
  readonly impatience: Impatience;
  readonly starving: Starving;
};

/**
 * How much of the patience is used up by the cycles in a row in which a plan had to wait, for each island by
 * its first pCPU; 1 is all.
 */
type Impatience = ReadonlyMap<number, number>;

/**
 * The default: loads are kept in a band around their mean, by the fewest moves and swaps that do it, and
 * nothing is done that does not make the host more even. Each island of the host is balanced for itself.
 */
export const threshold: Policy<ThresholdMemory> = {
  name: 'threshold',
  decide(host, memory, settings) {
    const units = unitsOf(host, settings.granularity);
    const vcpus = inOrder(stayInCells(host, settings).vcpus);
    const { demands, remembered } = estimate(vcpus, memory?.remembered);
    const cells = settings.numa === 'ignore' ? [] : cellsOf(host);
    const all = settleInCells(itemsOf(units, vcpus, demands), units, cells, settings);
    const { items, pins, settings: left } = adjust(all, units, settings, settings.place);
    const { islands, starving } = crossCells(host, units, items, memory?.starving, settings);
    const { plan, impatience } = planIslands(islands, memory?.impatience ?? new Map(), left);
    return { plan: withPins(plan, pins), memory: { remembered, impatience, starving } };
  },
};

/** Plans island by island; the first ones have the first choice of the pins that may be made. */
function planIslands(
  islands: readonly [Island, ...Island[]],
  impatienceBefore: Impatience,
  settings: PolicySettings,
): { readonly plan: Plan; readonly impatience: Impatience } {
  const impatience = new Map<number, number>();
  let left = settings;
  const planFor = ({ units, items }: Island): Plan => {
    const first = units[0]?.cpus[0] ?? 0;
    const beginning = begin(items, units, left);
    const choice = choose(beginning, impatienceBefore.get(first) ?? 0, left);
    const plan = planTo(choice.after, beginning, choice.why);
    left = lessPins(left, plan.moves.length);
    impatience.set(first, choice.impatience);
    return plan;
  };
  const [one, ...others] = islands;
  return { plan: joinPlans([planFor(one), ...others.map(planFor)]), impatience };
}
