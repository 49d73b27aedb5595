import { estimate, inOrder, type RememberedDemand } from '../demand/estimate.ts';
import { cpuGroups, nameOf } from '../model/cpu-groups.ts';
import { type VcpuLoad, vcpuKey } from '../model/host-load.ts';
import type { ComponentVerdict, Plan } from '../model/plan.ts';
import type { PolicySettings } from '../model/policy-settings.ts';
import { buildPlan } from './build-plan.ts';
import { createProblem } from './create-problem.ts';
import { createLayout, type Layout, loadPctAt, loadsAt, movableTo, put } from './layout.ts';
import { pinAdjustments, withPins } from './pin-adjustments.ts';
import type { Placing } from './placement.ts';
import { type Start, startOf } from './plan-component.ts';
import type { Policy } from './policy.ts';
import { NOWHERE } from './problem.ts';
import { scaleOf } from './scale.ts';
import { tuning } from './tuning.ts';
import { figuresOf } from './verdict.ts';
import { keepInZones } from './zones.ts';

/** What a rule does with a host, or why nothing: `vcpus` go to one group. */
export type RuleStep = {
  readonly vcpus: readonly number[];
  readonly to: number;
  readonly reason: string;
  /** no reading has a part in it, and so no noise */
  readonly isCertain?: boolean;
};
export type Rule = (layout: Layout, settings: PolicySettings) => RuleStep | string;

/**
 * A policy that takes one step a cycle by a plain rule, and sees no more than the demand of that cycle.
 * @param placingFor how vCPUs without a group of their own get one, where that is not the user's choice
 */
export function plainPolicy(
  name: string,
  rule: Rule,
  placingFor: (layout: Layout, settings: PolicySettings) => Placing = (_, { place }) => place,
): Policy<RememberedDemand> {
  return {
    name,
    decide(host, memory, settings) {
      const groups = cpuGroups(host, settings.granularity);
      const vcpus = inOrder(host.vcpus);
      const { estimates, remembered } = estimate({ vcpus, capacity: host.capacity }, memory, tuning, false);
      const problem = createProblem(host, groups, vcpus, estimates);
      keepInZones(problem, host, settings);
      const scale = scaleOf(problem, loadsAt(problem, problem.origin, problem.demand), settings);
      const placing = placingFor(createLayout(problem, problem.origin, scale), settings);
      const pinBudget = settings.maxMoves ?? Number.POSITIVE_INFINITY;
      const adjusted = pinAdjustments(problem, placing, pinBudget);
      const start = startOf(problem, { ...settings, place: placing }, pinBudget - adjusted.length);
      const pinsLeft = pinBudget - adjusted.length - start.pins;
      const plan = planOf(rule(start.placed, settings), start, pinsLeft, placing);
      return { plan: withPins(plan, adjusted), memory: remembered };
    },
  };
}

function planOf(decided: RuleStep | string, start: Start, pinsLeft: number, placing: Placing): Plan {
  const { before, placed, placedText } = start;
  const { problem } = before;
  const nothing = (reason: string) => ({ vcpus: [], to: NOWHERE, reason, isCertain: true });
  let step = typeof decided === 'string' ? nothing(decided) : decided;
  // Those that are to get a group anyway take no more pins.
  let left = pinsLeft;
  const going = step.vcpus.filter((v) => problem.unplaced[v] !== 0 || left-- > 0);
  if (going.length < Math.min(1, step.vcpus.length))
    step = nothing('--max-moves leaves it for a later cycle');
  const { to, reason, isCertain = false } = step;
  const after = going.length === 0 ? placed : createLayout(problem, placed.place, placed.scale);
  for (const v of going) put(after, v, to);
  const texts = [placedText, going.length > 0 || placedText === undefined ? reason : undefined];
  const isMoving = going.length > 0 || start.pins > 0;
  const isUsable = problem.groups.length > 0;
  const verdict: ComponentVerdict = {
    ...figuresOf(before),
    band: undefined,
    kind: !isUsable ? 'unusable' : isMoving ? 'moves' : 'rule',
    text: isUsable ? texts.filter((text) => text !== undefined).join('; ') : 'no usable pCPU',
  };
  const plan = buildPlan([{ before, after, verdict }], placing, isCertain);
  const keys = new Set(going.map((v) => vcpuKey(problem.vcpus[v] as VcpuLoad)));
  return { ...plan, moves: plan.moves.map((move) => (keys.has(vcpuKey(move)) ? { ...move, reason } : move)) };
}

/** Two groups of which one has more than the other, and the vCPUs that may go over. */
export type Gap = {
  readonly from: number;
  readonly to: number;
  /** by how much */
  readonly width: number;
  /** in order; never empty */
  readonly movable: readonly number[];
};

/**
 * From the group with the most to the one with the least, or the nearest to these two between which a vCPU may go;
 * undefined where none is wider than that.
 * @param amounts what groups are compared by: load, or how many vCPUs
 */
export function widestGap(layout: Layout, amounts: ArrayLike<number>, above: number): Gap | undefined {
  const { problem } = layout;
  const amountAt = (group: number) => amounts[group] ?? 0;
  const compare = (a: number, b: number) =>
    amountAt(a) - amountAt(b) || loadPctAt(layout, a) - loadPctAt(layout, b);
  const groups = [...problem.groups.keys()];
  const least = groups.toSorted((a, b) => compare(a, b) || a - b);
  const most = groups.toSorted((a, b) => compare(b, a) || a - b);
  for (const from of most) {
    for (const to of least) {
      const width = amountAt(from) - amountAt(to);
      if (width <= above) break;
      const movable = movableTo(layout, from, to);
      if (movable.length > 0) return { from, to, width, movable: movable.sort((a, b) => a - b) };
    }
  }
  return undefined;
}

/** The one that is rather to go; of equals, the first. */
export function pick({ movable }: Gap, isRather: (v: number, than: number) => boolean): number {
  return movable.reduce((best, v) => (isRather(v, best) ? v : best));
}

/** The way over, as people read it. */
export function wayOver({ from, to }: Gap, layout: Layout): string {
  const name = (group: number) =>
    `${nameOf(layout.problem.groups[group] ?? { cpus: [] })} (${Math.round(loadPctAt(layout, group))} %)`;
  return `from ${name(from)} to ${name(to)}`;
}
