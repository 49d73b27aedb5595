import type { HostLoad, VcpuLoad } from '../../model/load.ts';
import { isBalanced } from '../bands.ts';
import { chooseFloating } from '../choose-floating.ts';
import { drainHigh } from '../drain-high.ts';
import { estimate, type Remembered } from '../estimate.ts';
import { evenOut } from '../even-out.ts';
import { leftAloneAmong, movesBetween, pcpuLoads, rangeOf } from '../explain.ts';
import { isToPlace, itemsOf } from '../item.ts';
import { awayItems, type Layout, layoutAtHome } from '../layout.ts';
import { impatience as impatienceFor } from '../patience.ts';
import { placeFloating } from '../place-floating.ts';
import type { Policy, PolicySettings } from '../policy.ts';
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
    const items = chooseFloating(itemsOf(host, vcpus, demands), host.pcpus.length, settings);
    const before = layoutAtHome(items, host.pcpus.length);
    const homeless = items.filter(isToPlace);
    const placed = placeFloating(before, homeless);
    const { after, impatience, why } = choose(placed, homeless.length, memory?.impatience ?? 0, settings);
    const moves = movesBetween(before, after, host.pcpus);
    const plan = {
      moves,
      summary: host.pcpus.length === 0 ? 'no usable pCPU' : why,
      before: pcpuLoads(before, host.pcpus),
      after: pcpuLoads(after, host.pcpus),
      leftAlone: leftAloneAmong(items),
    };
    return { plan, memory: { remembered, impatience } };
  },
};

function inOrder(vcpus: HostLoad['vcpus']): readonly VcpuLoad[] {
  return vcpus.toSorted((a, b) => compare(a.domain.uuid, b.domain.uuid) || a.vcpu - b.vcpu);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

type Choice = { readonly after: Layout; readonly impatience: number; readonly why: string };

/** Goes from `placed` to a better layout, or says why not, or not yet. */
function choose(placed: Layout, pins: number, impatienceBefore: number, settings: PolicySettings): Choice {
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
  const pinsLeft = (settings.maxMoves ?? Number.POSITIVE_INFINITY) - pins;
  if (settings.thresholds === 'absolute') {
    const drained = drainHigh(placed, settings, pinsLeft);
    return awayItems(drained).length === 0
      ? stay(`nothing to do: loads of ${rangeOf(placed.loads)}`)
      : go(drained);
  }
  if (isBalanced(placed.loads, settings)) return stay(`balanced: every pCPU within ${rangeOf(placed.loads)}`);
  const after = evenOut(placed, settings, pinsLeft);
  if (!isWorthIt(placed, after)) return stay(`cannot be made more even: loads of ${rangeOf(placed.loads)}`);
  const impatience = impatienceBefore + impatienceFor(placed, after);
  if (settings.urgency === 'now' || pins > 0 || impatience >= 1) return go(after);
  return stay(
    `waiting for the imbalance to last: ${Math.round(impatience * 100)} % of the patience used`,
    impatience,
  );
}
