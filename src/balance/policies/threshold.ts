import { estimate, inOrder, type RememberedDemand } from '../../demand/estimate.ts';
import { cpuGroups } from '../../model/cpu-groups.ts';
import type { PolicySettings } from '../../model/policy-settings.ts';
import { cacheZones, cellZones } from '../../model/zones.ts';
import { buildPlan } from '../build-plan.ts';
import { chooseZones } from '../choose-zones.ts';
import { componentsOf } from '../components.ts';
import { createProblem } from '../create-problem.ts';
import type { Evidence } from '../evidence.ts';
import { hold, isKernelBest } from '../floating.ts';
import { bindGuestCores } from '../guest-cores.ts';
import { loadsAt } from '../layout.ts';
import { pinAdjustments, withPins } from '../pin-adjustments.ts';
import { largestFirst } from '../placement.ts';
import { type ComponentPlan, planComponent } from '../plan-component.ts';
import type { Policy } from '../policy.ts';
import { type Level, misplaced, type Problem } from '../problem.ts';
import { relieveCells, type StarvingParts } from '../relieve-cells.ts';
import { scaleOf } from '../scale.ts';
import { tuning } from '../tuning.ts';
import { keepInZones, levelOf } from '../zones.ts';
import { planAbsolute } from './absolute.ts';

/** What the policy carries from one cycle to the next. */
export type ThresholdMemory = {
  readonly remembered: RememberedDemand;
  /** how much of the patience of each part of the host is used up, by its first pCPU; 1 is all */
  readonly patienceUsed: ReadonlyMap<number, number>;
  readonly starving: StarvingParts;
  /** what became of the plans for each part of the host, by its first pCPU */
  readonly evidence: ReadonlyMap<number, Evidence>;
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
    const { estimates, remembered } = estimate(
      { vcpus, capacity: host.capacity },
      memory?.remembered,
      tuning,
    );
    // Caches count also where the masks see to it that none is left.
    const levels = cacheZones(host, settings).map((zones) => levelOf(zones, { groups }));
    const problem = createProblem(host, groups, vcpus, estimates, levels);
    bindGuestCores(problem);
    const anywhere = problem.allowedGroups.slice();
    keepInZones(problem, host, settings);
    const cells = cellZones(host, settings);
    const cellLevel = cells && levelOf(cells, problem);
    if (settings.place === 'demand') chooseZonesOf(problem, cellLevel, settings);
    let pinBudget = settings.maxMoves ?? Number.POSITIVE_INFINITY;
    const adjusted = pinAdjustments(problem, settings.place, pinBudget);
    pinBudget -= adjusted.length;
    const starving =
      cellLevel === undefined || settings.numa !== 'prefer'
        ? new Map()
        : relieveCells(problem, cellLevel, anywhere, memory?.starving, settings);
    // One that goes to another part of the host is counted on in both: whether it goes is settled before.
    pinBudget -= holdBeyond(problem, pinBudget);
    const patienceUsed = new Map<number, number>();
    const evidence = new Map<number, Evidence>();
    const parts = componentsOf(problem).map((component): ComponentPlan => {
      const first = component.groups[0]?.cpus[0] ?? 0;
      const planPart = settings.thresholds === 'absolute' ? planAbsolute : planComponent;
      const used = memory && (memory.patienceUsed.get(first) ?? 0);
      const mustGo = component.unplaced.filter((kind) => kind === misplaced).length;
      const part = planPart(component, settings, pinBudget + mustGo, used, memory?.evidence.get(first));
      evidence.set(first, part.evidence);
      pinBudget -= part.pins - mustGo;
      patienceUsed.set(first, part.patienceUsed);
      return part;
    });
    const isCertain = parts.every((part) => part.isCertain);
    const plan = buildPlan(parts, settings.place, isCertain);
    return { plan: withPins(plan, adjusted), memory: { remembered, patienceUsed, starving, evidence } };
  },
};

/** Holds those of the vCPUs that may not stay where they are for which there is no pin. @returns how many do get one */
function holdBeyond(problem: Problem, pinBudget: number): number {
  const mustGo = problem.unplaced.includes(misplaced)
    ? largestFirst(problem, (v) => problem.unplaced[v] === misplaced)
    : [];
  hold(problem, mustGo.slice(pinBudget), '--max-moves leaves it for a later cycle');
  return Math.min(mustGo.length, pinBudget);
}

/** The same, with the thresholds as shares of a pCPU: `--thresholds absolute` is another name for it. */
export const absolute: Policy<ThresholdMemory> = {
  name: 'absolute',
  decide: (host, memory, settings) => threshold.decide(host, memory, { ...settings, thresholds: 'absolute' }),
};

/** Vcpus that get a group: first in which cell, then under which caches of it. On an idle host they go on floating. */
function chooseZonesOf(problem: Problem, cells: Level | undefined, settings: PolicySettings): void {
  const { levels, unplaced, origin } = problem;
  if (unplaced.every((kind) => kind === 0)) return;
  if (isKernelBest(problem)) return;
  const { highPct } = scaleOf(problem, loadsAt(problem, origin, problem.demand), settings);
  if (cells !== undefined) chooseZones(problem, cells, highPct, true);
  for (const level of levels) chooseZones(problem, level, highPct, false);
}
