import type { RememberedDemand } from '../../demand/estimate.ts';
import { nameOf } from '../../model/cpu-groups.ts';
import { curvatureBetween, type Layout } from '../layout.ts';
import { deviationOf } from '../objective.ts';
import { pick, plainPolicy, type RuleStep, wayOver, widestGap } from '../plain-policy.ts';
import type { Policy } from '../policy.ts';

// Policies of one plain rule each: for comparison, and for those who want a balancer that can be foreseen.

/** Where the busiest pCPU is more than --gap above the idlest, the least loaded vCPU goes over. */
export const lightest = plainPolicy('lightest', (layout, { gap }) => acrossGap(layout, gap, 'lightest'));

/**
 * Where the busiest pCPU is more than --gap above the idlest, the busiest vCPU goes over, and all others are pinned where
 * they last ran. Until then, what may run on several pCPUs stays so.
 */
export const busiest = plainPolicy(
  'busiest',
  (layout, { gap }) => acrossGap(layout, gap, 'busiest'),
  (layout, { gap, place }) =>
    place === 'keep' || widestGap(layout, layout.weighted, gap) === undefined ? 'keep' : 'last',
);

function acrossGap(layout: Layout, gap: number, which: 'lightest' | 'busiest'): RuleStep | string {
  const widest = widestGap(layout, layout.weighted, gap);
  if (widest === undefined) return `nothing to do: where a vCPU could go, loads are within ${gap} points`;
  const size = (v: number) => (which === 'lightest' ? 1 : -1) * (layout.problem.demand[v] as number);
  const going = pick(widest, (v, than) => size(v) < size(than));
  return { vcpus: [going], to: widest.to, reason: `the ${which} goes ${wayOver(widest, layout)}` };
}

/** Counts, not loads: from the pCPU with the most vCPUs, half of what it has more goes to the one with the fewest. */
export const spread = plainPolicy('spread', (layout) => {
  const { count, problem } = layout;
  const widest = widestGap(layout, count, 1);
  if (widest === undefined)
    return 'nothing to do: where a vCPU could go, the numbers of vCPUs differ by at most one';
  const { from, to, movable } = widest;
  const { demand, groups } = problem;
  const lightestFirst = movable.toSorted((a, b) => (demand[a] as number) - (demand[b] as number));
  const nameAt = (group: number) => nameOf(groups[group] ?? { cpus: [] });
  return {
    vcpus: lightestFirst.slice(0, Math.floor(widest.width / 2)),
    to,
    reason: `half of what ${nameAt(from)} (${count[from]} vCPUs) has more goes to ${nameAt(to)} (${count[to]})`,
    isCertain: true,
  };
});

/**
 * While the standard deviation of the loads is above --sigma, the vCPU of the busiest pCPU goes to the idlest that brings
 * the two closest together; none that does not.
 */
export const stddev = plainPolicy('stddev', (layout, { sigma }) => {
  const deviation = deviationOf(layout);
  const now = Math.round(deviation * 10) / 10;
  const widest = widestGap(layout, layout.weighted, 0);
  if (deviation <= sigma) return `balanced: a deviation of ${now} points`;
  if (widest === undefined) return `nothing can be moved: a deviation of ${now} points`;
  const { problem } = layout;
  const closer = curvatureBetween(problem, widest.from, widest.to);
  const apartAfter = (v: number) => Math.abs(widest.width - closer * (problem.demand[v] as number));
  const going = pick(widest, (v, than) => apartAfter(v) < apartAfter(than) - 1e-9);
  if (apartAfter(going) >= widest.width - 1e-9)
    return `no move brings the busiest and the idlest pCPU closer: a deviation of ${now} points`;
  return { vcpus: [going], to: widest.to, reason: `the best fit goes ${wayOver(widest, layout)}` };
});

const nothing = plainPolicy('none', () => 'this policy moves nothing');

/** Decides nothing, and places nothing: what the others are measured against. */
export const none: Policy<RememberedDemand> = {
  ...nothing,
  decide(host, memory, settings) {
    const decision = nothing.decide(host, memory, { ...settings, maxMoves: 0 });
    return { ...decision, plan: { ...decision.plan, leftAlone: [] } };
  },
};
