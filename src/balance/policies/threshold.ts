import { isBalanced } from '../bands.ts';
import { type Beginning, begin, planTo } from '../begin.ts';
import { drainHigh } from '../drain-high.ts';
import { estimate, type Remembered } from '../estimate.ts';
import { evenOut } from '../even-out.ts';
import { rangeOf } from '../explain.ts';
import { inOrder } from '../in-order.ts';
import { itemsOf } from '../item.ts';
import { awayItems, type Layout } from '../layout.ts';
import { impatience as impatienceFor } from '../patience.ts';
import type { Policy, PolicySettings } from '../policy.ts';
import { improve } from '../steps.ts';
import { isWorthIt } from '../worth-it.ts';

/** What the policy carries from one cycle to the next. */
export type ThresholdMemory = {
  readonly remembered: Remembered;
  /** how much of the patience is used up by the cycles in a row in which a plan had to wait; 1 is all */
  readonly impatience: number;
};

/**
 * The default: loads are kept in a band around the host's mean, by the fewest moves and swaps that do it,
 * and nothing is done that does not make the host more even.
 */
export const threshold: Policy<ThresholdMemory> = {
  name: 'threshold',
  decide(host, memory, settings) {
    const vcpus = inOrder(host.vcpus);
    const { demands, remembered } = estimate(vcpus, memory?.remembered);
    const beginning = begin(itemsOf(host, vcpus, demands), host.pcpus, settings);
    const { after, impatience, why } = choose(beginning, memory?.impatience ?? 0, settings);
    return { plan: planTo(after, beginning, why), memory: { remembered, impatience } };
  },
};

type Choice = { readonly after: Layout; readonly impatience: number; readonly why: string };

/** Goes from `placed` to a better layout, or says why not, or not yet. */
function choose(
  { placed, pins, pinsLeft }: Beginning,
  impatienceBefore: number,
  settings: PolicySettings,
): Choice {
  const stay = (why: string, impatience = 0): Choice => ({
    after: placed,
    impatience,
    why: pins > 0 ? `${pins} vCPUs get a pCPU of their own` : why,
  });
  const go = (after: Layout): Choice => ({
    after,
    impatience: 0,
    why: `the loads go from ${rangeOf(placed.loads)} to ${rangeOf(after.loads)}`,
  });
  // Even counts were asked for: loads have their turn in the next cycle.
  if (settings.place === 'spread' && pins > 0) return stay('placed');
  if (settings.thresholds === 'absolute') {
    const drained = drainHigh(placed, settings, pinsLeft);
    return awayItems(drained).length === 0
      ? stay(`nothing to do: loads of ${rangeOf(placed.loads)}`)
      : go(drained);
  }
  if (isBalanced(placed.loads, settings)) return stay(`balanced: loads of ${rangeOf(placed.loads)}`);
  const even = evenOut(placed, settings);
  if (!isWorthIt(placed, even)) return stay(`no move gains enough: loads of ${rangeOf(placed.loads)}`);
  const impatience = impatienceBefore + impatienceFor(placed, even);
  if (settings.urgency === 'patient' && pins === 0 && impatience < 1) {
    const used = Math.round(impatience * 100);
    return stay(`waiting for the imbalance to last: ${used} % of the patience used`, impatience);
  }
  if (awayItems(even).length <= pinsLeft) return go(even);
  // A part of a plan can be worse than none: with fewer moves another one is made, its best steps first.
  const within = improve(placed, pinsLeft);
  return awayItems(within).length > 0 ? go(within) : stay('more moves are needed than --max-moves allows');
}
