import type { PolicySettings } from '../../model/policy-settings.ts';
import { noEvidence } from '../evidence.ts';
import { createLayout, type Layout, loadPctAt, movableTo, put } from '../layout.ts';
import { type ComponentPlan, planComponent, startOf } from '../plan-component.ts';
import type { Problem } from '../problem.ts';
import { tuning } from '../tuning.ts';
import { figuresOf, proposalOf, rangeOf } from '../verdict.ts';

/**
 * The thresholds as shares of a pCPU. While a pCPU above `high` has more than one vCPU and another is below `low`, the
 * vCPU goes over that brings the low one closest to `target`, also past it, as long as the larger of the two loads
 * falls. What no pCPU above `high` can give is evened out as `threshold` does, once it has been uneven for some cycles.
 */
export function planAbsolute(
  problem: Problem,
  settings: PolicySettings,
  pinBudget: number,
  patienceUsed: number | undefined,
): ComponentPlan {
  const { before, placed, pins, placedText } = startOf(problem, settings, pinBudget);
  const after = createLayout(problem, placed.place, placed.scale);
  const moves = drain(after, settings, pinBudget - pins);
  if (moves === 0 && pins === 0 && settings.urgency === 'patient') {
    const used = (patienceUsed ?? 0) + 1 / tuning.urgentPrices;
    const even = planComponent(problem, { ...settings, urgency: 'now' }, pinBudget, 0);
    if (used >= 1 - 1e-9 || even.verdict.kind !== 'moves') return even;
    const waited = { cycles: Math.round(used * tuning.urgentPrices), of: tuning.urgentPrices };
    const text = `waits: ${waited.cycles} of ${waited.of} cycles, ${rangeOf(before)}: no pCPU is above ${settings.high} %`;
    const verdict = { ...even.verdict, kind: 'waits' as const, text, waited };
    return { ...even, after: before, verdict, pins: 0, patienceUsed: used };
  }
  const { high, low } = settings;
  const nothing = `${rangeOf(before)}: no pCPU above ${high} % can relieve itself on one below ${low} %`;
  const moved = `the loads go from ${rangeOf(before)} to ${rangeOf(after)}`;
  const verdict = {
    ...figuresOf(before),
    band: { lowPct: low, highPct: high },
    kind: moves + pins > 0 ? ('moves' as const) : ('balanced' as const),
    text: moves > 0 ? moved : (placedText ?? nothing),
    proposal: moves > 0 ? proposalOf(placed, after) : undefined,
  };
  return {
    before,
    after,
    verdict,
    pins: pins + moves,
    isCertain: false,
    patienceUsed: 0,
    evidence: noEvidence,
  };
}

/** @returns how many vCPUs go over */
function drain(layout: Layout, settings: PolicySettings, pinBudget: number): number {
  for (let moves = 0; ; moves++) {
    const step = moves < pinBudget ? bestStep(layout, settings) : undefined;
    if (step === undefined) return moves;
    put(layout, step.v, step.to);
  }
}

/** From the fullest that can give to the emptiest that can take. */
function bestStep(layout: Layout, { high, target, low }: PolicySettings) {
  const { problem, count } = layout;
  const { demand, groups, capacity } = problem;
  const pctAt = (group: number) => loadPctAt(layout, group);
  const byLoad = [...groups.keys()].sort((a, b) => pctAt(a) - pctAt(b) || a - b);
  const givers = byLoad.filter((group) => pctAt(group) > high && (count[group] as number) > 1).reverse();
  const takers = byLoad.filter((group) => pctAt(group) < low);
  for (const from of givers) {
    for (const to of takers) {
      const pctOf = (v: number, group: number) => (demand[v] as number) / (capacity[group] as number);
      const missOf = (v: number) => Math.abs(pctAt(to) + pctOf(v, to) - target);
      const falls = (v: number) =>
        (demand[v] as number) > 0 &&
        Math.max(pctAt(from) - pctOf(v, from), pctAt(to) + pctOf(v, to)) < pctAt(from) - 1e-9;
      const able = movableTo(layout, from, to).filter(falls);
      const [v] = able.sort((a, b) => missOf(a) - missOf(b) || a - b);
      if (v !== undefined) return { v, to };
    }
  }
  return undefined;
}
