import { formatCpuSet, intersect, sameCpus } from '../model/cpu-set.ts';
import { vcpuKey } from '../model/load.ts';
import type { Move, Plan } from '../model/plan.ts';
import type { Placing } from './placement.ts';
import { countText, hold } from './plan-component.ts';
import { misplaced, type Problem } from './problem.ts';

/**
 * Pins that take no vCPU from where it is: those that go on floating are kept off pCPUs that they may not use, and those
 * that are pinned to a part of a group get the whole of it.
 * @param pinBudget at most so many
 */
export function pinAdjustments(problem: Problem, placing: Placing, pinBudget: number): readonly Move[] {
  const narrowed = placing === 'keep' ? keepFloating(problem) : [];
  return [...narrowed, ...widened(problem, placing)].slice(0, pinBudget);
}

/** Leaves what may run on several pCPUs as it is. Where some of those are not allowed, it is only kept off them. */
function keepFloating(problem: Problem): readonly Move[] {
  const pins: Move[] = [];
  for (const [v, { placement, allowed }] of problem.vcpus.entries()) {
    if (problem.unplaced[v] === 0) continue;
    const from = placement.affinity;
    const to = intersect(from, allowed);
    if (to.length <= 1) continue;
    if (problem.unplaced[v] === misplaced) {
      const reason = `may not run on all of ${formatCpuSet(from)}, but stays free to run on ${formatCpuSet(to)}`;
      pins.push(...adjustment(problem, v, to, reason));
    }
    hold(problem, v, 'may run on several pCPUs, and is left so');
  }
  return pins;
}

function widened(
  { groups, vcpus, movable, unplaced, origin, ...problem }: Problem,
  placing: Placing,
): readonly Move[] {
  if (groups.every(({ cpus }) => cpus.length === 1)) return [];
  return vcpus.flatMap(({ placement, allowed }, v) => {
    const from = placement.affinity;
    const cpus = groups[origin[v] as number]?.cpus ?? [];
    if (movable[v] === 0 || unplaced[v] !== 0 || from.length === cpus.length) return [];
    const to = intersect(cpus, allowed);
    if (sameCpus(from, to) || (placing === 'keep' && from.length > 1)) return [];
    const reason = `may run on all of ${formatCpuSet(to)}, not only on ${formatCpuSet(from)}`;
    return adjustment({ vcpus, ...problem }, v, to, reason);
  });
}

function adjustment(
  { vcpus, demand }: Pick<Problem, 'vcpus' | 'demand'>,
  v: number,
  to: readonly number[],
  reason: string,
): readonly Move[] {
  const vcpu = vcpus[v];
  if (vcpu === undefined) return [];
  const { domain, placement } = vcpu;
  const demandPct = demand[v] as number;
  return [{ domain, vcpu: vcpu.vcpu, kind: 'place', from: placement.affinity, to, demandPct, reason }];
}

/** The plan with these pins besides; what it does itself with a vCPU goes before. */
export function withPins(plan: Plan, pins: readonly Move[]): Plan {
  if (pins.length === 0) return plan;
  const moved = new Set(plan.moves.map(vcpuKey));
  const keys = new Set(pins.map(vcpuKey));
  const narrowed = pins.filter(({ from, to }) => to.length < from.length).length;
  const texts = [
    ...countText(
      narrowed,
      'is kept off pCPUs that it may not use',
      'are kept off pCPUs that they may not use',
    ),
    ...countText(pins.length - narrowed, 'gets more pCPUs to run on', 'get more pCPUs to run on'),
  ];
  return {
    ...plan,
    moves: [...pins.filter((pin) => !moved.has(vcpuKey(pin))), ...plan.moves],
    summary: [...texts, plan.summary].join('; '),
    verdict: { ...plan.verdict, kind: 'moves' },
    leftAlone: plan.leftAlone.filter(
      ({ domain, vcpu }) => vcpu === undefined || !keys.has(vcpuKey({ domain, vcpu })),
    ),
  };
}
