import type { ComponentVerdict, VerdictKind } from '../model/plan.ts';
import { bestLayout, improve } from './best-layout.ts';
import { tuning } from './constants.ts';
import { createLayout, type Layout } from './layout.ts';
import { isBalanced, meanLoad, type Scale, scaleOf } from './objective.ts';
import { largestFirst, type Placing, placed } from './placement.ts';
import type { PolicySettings } from './policy.ts';
import { floating, misplaced, type Problem } from './problem.ts';
import { figuresOf, isCertain, isWorth, objectionTo, type Proposal, proposalOf, rangeOf } from './verdict.ts';

/** What is to be done with a part of the host that is balanced for itself. */
export type ComponentPlan = {
  readonly before: Layout;
  readonly after: Layout;
  readonly verdict: ComponentVerdict;
  /** how many pins it takes */
  readonly pins: number;
  /** whether it is a gain even if it only takes back the last moves */
  readonly isCertain: boolean;
  /** how much of the patience is used up by the cycles in a row in which a plan had to wait; 1 is all */
  readonly patienceUsed: number;
};

/** @param pinBudget at most so many pins */
export function planComponent(
  problem: Problem,
  settings: PolicySettings,
  pinBudget: number,
  patienceUsed: number,
): ComponentPlan {
  const start = startOf(problem, settings, pinBudget, settings.place);
  const { before, pins, scale, placedText } = start;
  const pinsLeft = pinBudget - pins;
  const figures = figuresOf(before, scale);
  const stay = (kind: VerdictKind, text: string, more: Partial<ComponentPlan['verdict']> = {}, used = 0) => ({
    before,
    after: start.placed,
    verdict: {
      proposal: undefined,
      waited: undefined,
      ...figures,
      kind: placedText === undefined ? kind : ('moves' as const),
      text: placedText ?? text,
      ...more,
    },
    pins,
    isCertain: true,
    patienceUsed: used,
  });
  if (problem.groups.length === 0) return stay('unusable', 'no usable pCPU');
  // Even counts were asked for: loads have their turn in the next cycle.
  if (settings.place === 'spread' && pins > 0) return stay('moves', 'placed');
  const band = `band ${Math.round(scale.lowPct)}-${Math.round(scale.highPct)}`;
  const loads = rangeOf(start.placed);
  if (isBalanced(start.placed, scale)) return stay('balanced', `balanced: ${loads}, ${band}`);

  const best = bestLayout(start.placed, scale);
  const proposal = proposalOf(start.placed, best, scale);
  if (proposal.pins === 0) {
    const text = `${loads}, ${band}: no move or swap gains the ${Math.round(scale.pinPrice)} points² that a pin costs`;
    return stay('no-gain', text);
  }
  const objection = objectionTo(proposal);
  if (objection !== undefined)
    return stay(objection.kind, `${loads}, ${band}: ${objection.text}`, { proposal });
  const urgency = proposal.gain / proposal.pins / (tuning.urgentPrices * scale.pinPrice);
  const used = patienceUsed + urgency;
  if (settings.urgency === 'patient' && pins === 0 && used < 1 - 1e-9) {
    const waited = {
      cycles: Math.round(used / urgency),
      of: Math.ceil((1 - used) / urgency) + Math.round(used / urgency),
    };
    const text = `waits: ${waited.cycles} of ${waited.of} cycles, ${loads}, ${band}: would gain ${Math.round(proposal.gain)} points², ${proposal.pins} pins cost ${Math.round(proposal.price)}`;
    return stay('waits', text, { proposal, waited }, used);
  }
  const go = (after: Layout, made: Proposal) => ({
    before,
    after,
    verdict: {
      ...figures,
      kind: 'moves' as const,
      text: `the loads go from ${loads} to ${rangeOf(after)}`,
      proposal: made,
      waited: undefined,
    },
    pins: pins + made.pins,
    isCertain: isCertain(made),
    patienceUsed: 0,
  });
  if (proposal.pins <= pinsLeft) return go(best, proposal);
  // A part of a plan can be worse than none: with fewer pins another one is made, its best steps first.
  const within = createLayout(problem, start.placed.place);
  improve(within, scale, pinsLeft);
  const part = proposalOf(start.placed, within, scale);
  if (part.pins > 0 && isWorth(part)) return go(within, part);
  return stay('over-budget', `${proposal.pins} pins are needed, --max-moves leaves ${pinsLeft}`, {
    proposal,
  });
}

/** Where a policy begins: the host as it is, and with a group for every vCPU that is to get one. */
export type Start = {
  readonly before: Layout;
  readonly placed: Layout;
  readonly scale: Scale;
  /** how many get a group */
  readonly pins: number;
  /** what is said of them; undefined where there are none */
  readonly placedText: string | undefined;
};

export function startOf(
  problem: Problem,
  settings: PolicySettings,
  pinBudget: number,
  placing: Placing,
): Start {
  const chosen = chooseUnplaced(problem, pinBudget, placing);
  const before = createLayout(problem, problem.origin);
  const scale = scaleOf(problem, before.load, settings);
  return {
    before,
    placed: placed(before, chosen, scale, placing),
    scale,
    pins: chosen.length,
    placedText: placedText(problem, chosen, settings),
  };
}

/**
 * Decides which of the vCPUs without a group of their own are to get one, and holds the others: by demand none that
 * may run on several on an idle host, and no more than the budget, first those that must not stay, then the largest.
 */
function chooseUnplaced(problem: Problem, pinBudget: number, placing: Placing): readonly number[] {
  const { unplaced, origin } = problem;
  if (unplaced.every((kind) => kind === 0)) return [];
  const isIdle = placing === 'demand' && isIdleHost(createLayout(problem, origin));
  const chosen: number[] = [];
  const first = largestFirst(problem, (v) => unplaced[v] === misplaced);
  const then = largestFirst(problem, (v) => unplaced[v] === floating);
  for (const v of [...first, ...then]) {
    if (isIdle && unplaced[v] === floating) hold(problem, v, 'the host is idle; the kernel places it best');
    else if (chosen.length < pinBudget) chosen.push(v);
    else hold(problem, v, 'its turn is after --max-moves');
  }
  return chosen;
}

/** There is so little to do that the kernel does better with vCPUs that may run on several pCPUs than any pin. */
export function isIdleHost({ problem, load, weighted }: Layout): boolean {
  const peak = weighted.reduce((most, each) => Math.max(most, each), 0);
  return meanLoad(problem, load) < tuning.idleMeanPoints && peak < 3 * tuning.idleMeanPoints;
}

/** Leaves a vCPU as it is, with the reason. */
export function hold({ movable, unplaced, heldReasons }: Problem, v: number, reason: string): void {
  movable[v] = 0;
  unplaced[v] = 0;
  heldReasons[v] = reason;
}

function placedText(
  problem: Problem,
  chosen: readonly number[],
  { granularity }: PolicySettings,
): string | undefined {
  const group = granularity === 'cpu' ? 'pCPU' : granularity === 'l3' ? 'L3' : granularity;
  const crossing = chosen.filter((v) => problem.crossingReasons[v] !== undefined).length;
  const texts = [
    countText(crossing, 'goes to another cell', 'go to another cell'),
    countText(chosen.length - crossing, `gets a ${group} of its own`, `get a ${group} of their own`),
  ].flatMap((text) => text ?? []);
  return texts.length === 0 ? undefined : texts.join('; ');
}

/** What so many vCPUs do; undefined for none. */
export function countText(count: number, one: string, more: string): string | undefined {
  if (count === 0) return undefined;
  return count === 1 ? `1 vCPU ${one}` : `${count} vCPUs ${more}`;
}
