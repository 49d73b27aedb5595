import { type CpuSet, formatCpuSet, intersect, sameCpus } from '../model/cpu-set.ts';
import { type VcpuLoad, vcpuKey } from '../model/host-load.ts';
import type { Move, Plan } from '../model/plan.ts';
import { hold } from './floating.ts';
import type { Placing } from './placement.ts';
import { countText } from './plan-component.ts';
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
  const { vcpus, unplaced } = problem;
  const kept: number[] = [];
  const narrowed = vcpus.flatMap(({ placement: { affinity: from }, allowed }, v) => {
    const kind = unplaced[v];
    const to = kind === 0 ? [] : intersect(from, allowed);
    if (to.length <= 1) return [];
    kept.push(v);
    const reason = `may not run on all of ${formatCpuSet(from)}, but stays free to run on ${formatCpuSet(to)}`;
    return kind === misplaced ? [adjustment(problem, v, to, reason)] : [];
  });
  hold(problem, kept, 'may run on several pCPUs, and is left so');
  return narrowed;
}

function widened(problem: Problem, placing: Placing): readonly Move[] {
  const { groups, vcpus, movable, unplaced, origin } = problem;
  if (groups.every(({ cpus }) => cpus.length === 1)) return [];
  return vcpus.flatMap(({ placement: { affinity: from }, allowed }, v) => {
    const cpus = groups[origin[v] as number]?.cpus ?? [];
    if (movable[v] === 0 || unplaced[v] !== 0 || from.length === cpus.length) return [];
    const to = intersect(cpus, allowed);
    if (sameCpus(from, to) || (placing === 'keep' && from.length > 1)) return [];
    const reason = `may run on all of ${formatCpuSet(to)}, not only on ${formatCpuSet(from)}`;
    return [adjustment(problem, v, to, reason)];
  });
}

function adjustment({ vcpus, demand }: Problem, v: number, to: CpuSet, reason: string): Move {
  const { domain, vcpu, placement } = vcpus[v] as VcpuLoad;
  return {
    domain,
    vcpu,
    kind: 'place',
    from: placement.affinity,
    to,
    demandPct: demand[v] as number,
    reason,
  };
}

/** The plan with these pins besides; what it does itself with a vCPU goes before. */
export function withPins(plan: Plan, pins: readonly Move[]): Plan {
  if (pins.length === 0) return plan;
  const moved = new Set(plan.moves.map(vcpuKey));
  const keys = new Set(pins.map(vcpuKey));
  const narrowed = pins.filter(({ from, to }) => to.length < from.length).length;
  const freed = ['leaves pCPUs that it may not use', 'leave pCPUs that they may not use'] as const;
  const texts = [
    ...countText(narrowed, ...freed),
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
