import { isBalanced } from './bands.ts';
import { type Beginning, placedText } from './begin.ts';
import { drainHigh } from './drain-high.ts';
import { rangeOf } from './explain.ts';
import { awayItems, type Layout } from './layout.ts';
import { impatience as impatienceFor } from './patience.ts';
import type { PolicySettings } from './policy.ts';
import { improve } from './steps.ts';
import { otherReadingsAgree } from './worth-it.ts';
import { worthwhile } from './worthwhile.ts';

/** Where an island is to go. */
export type Choice = { readonly after: Layout; readonly impatience: number; readonly why: string };

/** Goes from `placed` to a better layout, or says why not, or not yet. */
export function choose(beginning: Beginning, impatienceBefore: number, settings: PolicySettings): Choice {
  const { placed, pins, pinsLeft } = beginning;
  const stay = (why: string, impatience = 0): Choice => ({
    after: placed,
    impatience,
    why: placedText(beginning, settings) ?? why,
  });
  const go = (after: Layout): Choice => ({
    after,
    impatience: 0,
    why: `the loads go from ${rangeOf(placed)} to ${rangeOf(after)}`,
  });
  // Even counts were asked for: loads have their turn in the next cycle.
  if (settings.place === 'spread' && pins > 0) return stay('placed');
  if (settings.thresholds === 'absolute') {
    const drained = drainHigh(placed, settings, pinsLeft);
    return awayItems(drained).length === 0 ? stay(`nothing to do: loads of ${rangeOf(placed)}`) : go(drained);
  }
  if (isBalanced(placed, settings)) return stay(`balanced: loads of ${rangeOf(placed)}`);
  const even = worthwhile(placed, settings);
  if (even === undefined) return stay(`no move gains enough: loads of ${rangeOf(placed)}`);
  const impatience = impatienceBefore + impatienceFor(placed, even);
  if (settings.urgency === 'patient' && pins === 0 && impatience < 1) {
    const used = Math.round(impatience * 100);
    return stay(`waiting for the imbalance to last: ${used} % of the patience used`, impatience);
  }
  if (awayItems(even).length <= pinsLeft) return go(even);
  // A part of a plan can be worse than none: with fewer moves another one is made, its best steps first.
  const within = improve(placed, pinsLeft);
  return awayItems(within).length > 0 && otherReadingsAgree(placed, within)
    ? go(within)
    : stay('more moves are needed than --max-moves allows');
}
