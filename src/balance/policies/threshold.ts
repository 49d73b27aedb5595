import { buildPlan } from '../build-plan.ts';
import { componentsOf } from '../components.ts';
import { cpuGroups } from '../cpu-groups.ts';
import { estimate, inOrder, type RememberedVcpu } from '../estimate.ts';
import { pinAdjustments, withPins } from '../pin-adjustments.ts';
import { type ComponentPlan, planComponent } from '../plan-component.ts';
import type { Policy } from '../policy.ts';
import { createProblem } from '../problem.ts';
import { keepInZones } from '../zones.ts';

/** What the policy carries from one cycle to the next. */
export type ThresholdMemory = {
  readonly remembered: readonly RememberedVcpu[];
  /** how much of the patience of each part of the host is used up, by its first pCPU; 1 is all */
  readonly patienceUsed: ReadonlyMap<number, number>;
};

/**
 * The default: loads are kept in a band around their mean, by the fewest moves and swaps that do it, and nothing is done
 * that does not make the host more even. Each component of the host is balanced for itself. docs/algorithm.md has it in
 * formulas.
 */
export const threshold: Policy<ThresholdMemory> = {
  name: 'threshold',
  decide(host, memory, settings) {
    const groups = cpuGroups(host, settings.granularity);
    const vcpus = inOrder(host.vcpus);
    const { estimates, remembered } = estimate(vcpus, memory?.remembered);
    const problem = createProblem(host, groups, vcpus, estimates);
    keepInZones(problem, host, settings);
    let pinBudget = settings.maxMoves ?? Number.POSITIVE_INFINITY;
    const adjusted = pinAdjustments(problem, settings.place, pinBudget);
    pinBudget -= adjusted.length;
    const patienceUsed = new Map<number, number>();
    const parts = componentsOf(problem).map((component): ComponentPlan => {
      const first = component.groups[0]?.cpus[0] ?? 0;
      const part = planComponent(component, settings, pinBudget, memory?.patienceUsed.get(first) ?? 0);
      pinBudget -= part.pins;
      patienceUsed.set(first, part.patienceUsed);
      return part;
    });
    const isCertain = parts.every((part) => part.isCertain);
    const plan = buildPlan(parts, settings.place, isCertain);
    return { plan: withPins(plan, adjusted), memory: { remembered, patienceUsed } };
  },
};
