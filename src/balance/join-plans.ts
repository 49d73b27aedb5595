import { cpuSet } from '../model/cpu-set.ts';
import type { PcpuLoad, Plan } from '../model/plan.ts';
import { nameOf } from './explain.ts';

/** One plan for the host from those for its islands; what most needs to be said is said. */
export function joinPlans(plans: readonly [Plan, ...Plan[]]): Plan {
  if (plans.length === 1) return plans[0];
  const all = <T>(of: (plan: Plan) => readonly T[]) => plans.flatMap(of);
  return {
    moves: all(({ moves }) => moves),
    summary: summaryOf(plans),
    isCertain: plans.every(({ moves, isCertain }) => moves.length === 0 || isCertain),
    before: all(({ before }) => before).sort(byPcpu),
    after: all(({ after }) => after).sort(byPcpu),
    leftAlone: all(({ leftAlone }) => leftAlone),
  };
}

/** Of the islands where something is moved; if there is none, of all. More than three are counted. */
function summaryOf(plans: readonly Plan[]): string {
  const moving = plans.filter(({ moves }) => moves.length > 0);
  const told = moving.length > 0 ? moving : plans;
  const texts = told
    .slice(0, 3)
    .map(
      ({ summary, before }) => `${nameOf({ cpus: cpuSet(before.flatMap(({ cpus }) => cpus)) })}: ${summary}`,
    );
  return [...texts, ...(told.length > 3 ? [`and ${told.length - 3} more parts of the host`] : [])].join('; ');
}

function byPcpu({ cpus: [a = 0] }: PcpuLoad, { cpus: [b = 0] }: PcpuLoad): number {
  return a - b;
}
