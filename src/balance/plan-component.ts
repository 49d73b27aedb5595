import { vcpuKey } from '../model/host-load.ts';
import type { ComponentVerdict, VerdictKind } from '../model/plan.ts';
import type { PolicySettings } from '../model/policy-settings.ts';
import { bestLayout, improve } from './best-layout.ts';
import type { Outcome } from './build-plan.ts';
import { type Evidence, noEvidence, promiseOf, weighEvidence } from './evidence.ts';
import { hold, isKernelBest } from './floating.ts';
import { createLayout, type Layout, loadsAt } from './layout.ts';
import { isBalanced } from './objective.ts';
import { largestFirst, type Placing, placed } from './placement.ts';
import { closeFullGroups, floating, homeOf, leaving, misplaced, NOWHERE, type Problem } from './problem.ts';
import { type Scale, scaleOf } from './scale.ts';
import { tuning } from './tuning.ts';
import {
  figuresOf,
  isCertain,
  objectionTo,
  type Proposal,
  proposalOf,
  proposalText,
  rangeOf,
} from './verdict.ts';

/** What is to be done with a part of the host that is balanced for itself. */
export type ComponentPlan = Outcome & {
  /** how many pins it takes */
  readonly pins: number;
  /** whether it is a gain even if it only takes back the last moves */
  readonly isCertain: boolean;
  readonly evidence: Evidence;
  /** how much of the patience is used up by the cycles in a row in which a plan had to wait; 1 is all */
  readonly patienceUsed: number;
};

/**
 * @param pinBudget at most so many pins
 * @param patienceUsed by the cycles before; undefined at the first look
 */
export function planComponent(
  problem: Problem,
  settings: PolicySettings,
  pinBudget: number,
  patienceUsed: number | undefined,
  earlier: Evidence = noEvidence,
): ComponentPlan {
  const start = startOf(problem, settings, pinBudget);
  const { before, pins, placedText } = start;
  const evidence = weighEvidence(earlier, before);
  const { scale } = before;
  const placed = { ...start.placed, scale: { ...scale, movePrice: evidence.doubt * scale.pinPrice } };
  const end = (kind: VerdictKind, text: string, more: Partial<ComponentVerdict> = {}): ComponentPlan => ({
    before,
    after: placed,
    verdict: {
      ...figuresOf(before),
      kind: placedText === undefined ? kind : 'moves',
      text: placedText ?? text,
      ...more,
    },
    pins,
    isCertain: true,
    patienceUsed: 0,
    evidence,
  });
  if (problem.groups.length === 0) return end('unusable', 'no usable pCPU');
  // Even counts were asked for: loads have their turn in the next cycle.
  if (settings.place === 'spread' && pins > 0) return end('moves', 'placed');
  const { lowPct, highPct, movePrice } = placed.scale;
  const band = `band ${Math.max(0, Math.round(lowPct))}-${Math.round(highPct)}`;
  const loads = `${rangeOf(placed)}, ${band}`;
  const isAnyOver = () => figuresOf(placed).mostPct > 100;
  if (isBalanced(placed)) {
    if (isAnyOver()) return end('overloaded', `overloaded: ${loads}, more is wanted than there is CPU time`);
    return end('balanced', `balanced: ${loads}`);
  }
  if (isIdle(problem, before.closedLoad) && isIdle(problem, placed.closedLoad))
    return end('balanced', `balanced: ${rangeOf(placed)}, an idle host`);

  if (!problem.movable.some((kind) => kind !== 0))
    return end('no-gain', `${loads}: no vCPU here may be moved`);

  // A watch can wait until a plan pays by the closed reading, too, unless it gains very much by the open one.
  const isFirst = settings.urgency === 'now' || patienceUsed === undefined;
  const isGreat = (to: Proposal) => to.gain > tuning.urgentPrices ** 2 * to.price;
  const objectionNow = (to: Proposal) => objectionTo(to, isFirst || isGreat(to) ? 0 : to.price);
  const planAt = (scale: Partial<Scale>) => {
    const best = bestLayout({ ...placed, scale: { ...placed.scale, ...scale } });
    const proposal = proposalOf(placed, best);
    return { best, proposal, objection: objectionNow(proposal) };
  };
  let found = planAt({});
  let isTrial = false;
  if (found.objection?.kind === 'cautious-loss') {
    const bold = found;
    found = planAt({ isCautious: true });
    // Which reading is right, only a plan can tell.
    const gained = found.objection === undefined ? found.proposal.gain : 0;
    const isRested = !problem.vcpus.some((vcpu) => settings.movedLately.has(vcpuKey(vcpu)));
    isTrial = isRested && isGreat(bold.proposal) && gained < bold.proposal.gain / 2;
    if (isTrial) found = { ...bold, objection: undefined };
  }
  const { unevenPerPcpu } = found.proposal;
  // Where some starve, of a plan that gains little a pin beside how uneven pCPUs stay, the pins are made that gain more.
  if (found.objection?.kind === 'no-gain' && unevenPerPcpu > movePrice && isAnyOver()) {
    const dearer = planAt({ movePrice: unevenPerPcpu });
    if (dearer.objection === undefined) found = dearer;
  }
  const { best, proposal, objection } = found;
  if (objection !== undefined)
    return { ...end(objection.kind, `${loads}: ${objection.text}`, { proposal }), best };
  const urgency = proposal.gain / (proposal.pins * tuning.urgentPrices * movePrice);
  const used = (patienceUsed ?? 0) + urgency;
  if (settings.urgency === 'patient' && pins === 0 && used < 1 - 1e-9) {
    const cycles = Math.round(used / urgency);
    const waited = { cycles, of: cycles + Math.ceil((1 - used) / urgency - 1e-9) };
    const text = `waits: ${cycles} of ${waited.of} cycles, ${loads}: ${proposalText(proposal)}`;
    return { ...end('waits', text, { proposal, waited }), best, patienceUsed: used };
  }
  const pinsLeft = pinBudget - pins;
  // A part of a plan can be worse than none: with fewer pins another one is made, its best steps first.
  const after =
    proposal.pins <= pinsLeft ? best : createLayout(problem, placed.place, placed.scale, pinsLeft);
  if (after !== best) improve(after);
  const made = after === best ? proposal : proposalOf(placed, after);
  // What a part of a plan leaves uneven the rest of it will mend.
  const judged = after === best ? made : { ...made, unevenPerPcpu: 0 };
  if (objectionTo(judged, isTrial ? Number.NEGATIVE_INFINITY : 0) !== undefined) {
    const text = `${proposal.pins} pins are needed, --max-moves leaves ${pinsLeft}`;
    return { ...end('over-budget', text, { proposal }), best };
  }
  const text = `the loads go from ${rangeOf(before)} to ${rangeOf(after)}`;
  const moved = end('moves', text, { kind: 'moves', text, proposal: made });
  return {
    ...moved,
    after,
    best,
    pins: pins + made.pins,
    isCertain: isCertain(made),
    evidence: { ...evidence, promise: promiseOf(placed, after) },
  };
}

/** Where a policy begins: the host as it is, and with a group for every vCPU that is to get one. */
export type Start = {
  readonly before: Layout;
  readonly placed: Layout;
  /** how many get a group */
  readonly pins: number;
  /** what is said of them; undefined where there are none */
  readonly placedText: string | undefined;
};

/** How it begins, with the placing that is to hold there. */
type StartSettings = Omit<PolicySettings, 'place'> & { readonly place: Placing };

export function startOf(problem: Problem, settings: StartSettings, pinBudget: number): Start {
  const { origin, demand } = problem;
  closeFullGroups(problem);
  const isHostIdle = settings.place === 'demand' && isKernelBest(problem);
  const chosen = chooseUnplaced(problem, pinBudget, isHostIdle);
  // The mean is that of what it is to carry: who leaves does not count, and who comes does.
  const homes = origin.map((_, v) => (problem.unplaced[v] === leaving ? NOWHERE : homeOf(problem, v)));
  const before = createLayout(problem, origin, scaleOf(problem, loadsAt(problem, homes, demand), settings));
  const { granularity } = settings;
  const group = granularity === 'cpu' ? 'pCPU' : granularity === 'l3' ? 'L3' : granularity;
  const crossing = chosen.filter((v) => problem.crossingReasons[v] !== undefined).length;
  const texts = [
    ...countText(crossing, 'goes to another cell', 'go to another cell'),
    ...countText(chosen.length - crossing, `is pinned to one ${group}`, `are pinned to one ${group} each`),
  ];
  return {
    before,
    placed: placed(before, chosen, settings.place),
    pins: chosen.length,
    placedText: texts.length === 0 ? undefined : texts.join('; '),
  };
}

/**
 * Decides which of the vCPUs without a group of their own are to get one, and holds the others: by demand none that
 * may run on several on an idle host, and no more than the budget, first those that must not stay, then the largest.
 */
function chooseUnplaced(problem: Problem, pinBudget: number, isHostIdle: boolean): readonly number[] {
  const { unplaced } = problem;
  const ofKind = (kind: number) => largestFirst(problem, (v) => unplaced[v] === kind);
  const free = unplaced.includes(floating) ? ofKind(floating) : [];
  if (isHostIdle) hold(problem, free, 'the host is idle; the kernel places it best');
  const choices = [...(unplaced.includes(misplaced) ? ofKind(misplaced) : []), ...(isHostIdle ? [] : free)];
  hold(problem, choices.slice(pinBudget), '--max-moves leaves it for a later cycle');
  return choices.slice(0, pinBudget);
}

/** There is so little to do that nobody waits: no pin is worth it. */
function isIdle({ capacity, floatingLoad }: Problem, closedLoad: Float64Array): boolean {
  return closedLoad.every(
    (points, group) =>
      points - (floatingLoad[group] as number) < tuning.idlePoints * (capacity[group] as number),
  );
}

/** What so many vCPUs do; nothing for none. */
export function countText(count: number, one: string, more: string): readonly string[] {
  return count === 0 ? [] : [count === 1 ? `1 vCPU ${one}` : `${count} vCPUs ${more}`];
}
