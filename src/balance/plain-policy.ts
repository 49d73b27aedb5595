import { vcpuKey } from '../model/load.ts';
import type { Plan } from '../model/plan.ts';
import { adjust, withPins } from './adjust.ts';
import { type Beginning, begin, placedText, planTo } from './begin.ts';
import { stayInCells } from './cells.ts';
import type { Remembered } from './estimate.ts';
import { inOrder } from './in-order.ts';
import { type Item, isToPlace, itemsOf } from './item.ts';
import { latestDemand } from './latest-demand.ts';
import { copyOf, type Layout, layoutAtHome, put } from './layout.ts';
import type { Placing } from './place-floating.ts';
import type { Policy, PolicySettings } from './policy.ts';
import { unitsOf } from './units.ts';

/** One step of a host, or why none is taken. */
export type Rule = (layout: Layout, settings: PolicySettings) => Step | string;

/** vCPUs that go to one pCPU. */
export type Step = {
  readonly going: readonly Item[];
  readonly to: number;
  readonly reason: string;
  /** no reading has a part in it, and so no noise */
  readonly isCertain?: true;
};

/**
 * A policy that takes one step a cycle by a plain rule, and sees no more than the demand of that cycle.
 * @param placingFor how vCPUs without a pCPU of their own get one, where that is not the user's choice
 */
export function plainPolicy(
  name: string,
  rule: Rule,
  placingFor: (atHome: Layout, settings: PolicySettings) => Placing = (_, { place }) => place,
): Policy<Remembered> {
  return {
    name,
    decide(host, memory, settings) {
      const units = unitsOf(host, settings.granularity);
      const ordered = inOrder(stayInCells(host, settings).vcpus);
      const { demands, remembered } = latestDemand(ordered, memory);
      const all = itemsOf(units, ordered, demands);
      const placing = placingFor(layoutAtHome(all, units), settings);
      const { items, pins, settings: left } = adjust(all, units, settings, placing);
      const beginning = begin(items, units, left, placing);
      const placedOnly = placedText(beginning, settings);
      const plan = planWith(rule(beginning.placed, settings), beginning, placedOnly);
      return { plan: withPins(plan, pins), memory: remembered };
    },
  };
}

function planWith(step: Step | string, beginning: Beginning, placedOnly: string | undefined): Plan {
  const { placed, pinsLeft } = beginning;
  if (typeof step === 'string') return planTo(placed, beginning, placedOnly ?? step);

  const { to, reason } = step;
  const going = atMost(pinsLeft, step.going);
  if (going.length === 0) return planTo(placed, beginning, placedOnly ?? 'its turn is after --max-moves');
  const after = copyOf(placed);
  for (const item of going) put(after, item, to);
  const plan = planTo(after, beginning, placedOnly === undefined ? reason : `${placedOnly}; ${reason}`);
  const keys = new Set(going.map(({ vcpu }) => vcpuKey(vcpu)));
  const moves = plan.moves.map((move) => (keys.has(vcpuKey(move)) ? { ...move, reason } : move));
  return { ...plan, moves, isCertain: step.isCertain ?? plan.isCertain };
}

/** Those that are to get a pCPU anyway take no more pins. */
function atMost(pins: number, items: readonly Item[]): readonly Item[] {
  let left = pins;
  return items.filter((item) => isToPlace(item) || left-- > 0);
}
