import { memoized } from '../model/memoized.ts';
import type { ComponentVerdict } from '../model/plan.ts';
import { type Layout, loadPctAt, loadsAt } from './layout.ts';
import { companyOf, pinsOf, unevenCost, varianceOf } from './objective.ts';
import { NOWHERE } from './problem.ts';
import { tuning } from './tuning.ts';

/** Points squared: less than that is the rounding of sums. */
const leastGain = 1e-6;

/** What a plan gains and costs, in points squared. */
export type Proposal = NonNullable<ComponentVerdict['proposal']>;

export function proposalOf(before: Layout, after: Layout): Proposal {
  const { problem, scale } = before;
  const { pins, weight } = pinsOf(after);
  const costOf = ({ load, weighted }: Pick<Layout, 'load' | 'weighted'>) =>
    unevenCost({ problem, load, weighted, scale });
  const company = scale.pinPrice * (companyOf(before) - companyOf(after));
  const closed = ({ closedLoad, closedWeighted }: Layout) => ({ load: closedLoad, weighted: closedWeighted });
  // What makes loads no more even is no plan, however well it parts domains.
  const withCompany = (evened: number, by = company) => (evened <= leastGain ? evened : evened + by);
  const gain = withCompany(costOf(before) - costOf(after));
  return {
    pins,
    gain,
    // Whether loads come to be less even is the question: what domains lose by it is weighed above.
    cautiousGain: withCompany(costOf(closed(before)) - costOf(closed(after)), Math.max(0, company)),
    stdError: stdErrorOfGain(before, after),
    // Who had no group yet may get another one for nothing.
    price: scale.movePrice * (pins === 0 && gain <= leastGain ? 1 : weight),
    unevenPerPcpu: unevenOf(after),
  };
}

/**
 * By how much each pCPU stays off the mean, squared; without those that are kept above it by what may go nowhere else,
 * which no plan can help.
 */
function unevenOf(layout: Layout): number {
  const { problem, load, place, scale } = layout;
  const { demand, movable, allowedGroups, share } = problem;
  const isBound = memoized((mask: Uint8Array) => mask.indexOf(1) === mask.lastIndexOf(1));
  const boundDemand = demand.map((points, v) =>
    movable[v] === 0 || isBound(allowedGroups[v] as Uint8Array) ? points : 0,
  );
  const bound = loadsAt(problem, place, boundDemand);
  const open = [...load.keys()].filter((g) => (bound[g] as number) <= scale.meanLoad * (share[g] as number));
  return varianceOf(layout, open);
}

/** Each estimate counts by how much lower its group stands afterwards. */
function stdErrorOfGain(before: Layout, after: Layout): number {
  const { problem, place, weighted } = before;
  const { stdError } = problem;
  let sum = 0;
  for (let v = 0; v < stdError.length; v++) {
    const from = place[v] as number;
    const to = after.place[v] as number;
    if (from === NOWHERE || to === NOWHERE) continue;
    const slope = (weighted[from] as number) - (after.weighted[to] as number);
    const error = 2 * slope * (stdError[v] as number);
    sum += error * error;
  }
  return Math.sqrt(sum);
}

/**
 * Why a plan is not made, by its figures; undefined where it is.
 * @param cautiousPrice what it has to gain by the closed reading
 */
export function objectionTo(
  proposal: Proposal,
  cautiousPrice = 0,
): Pick<ComponentVerdict, 'kind' | 'text'> | undefined {
  const { pins, gain, cautiousGain, stdError, price, unevenPerPcpu } = proposal;
  const noise = tuning.stdErrors * stdError;
  const text = proposalText(proposal);
  const noGain = (why: string) => ({ kind: 'no-gain' as const, text: why });
  if (pins === 0 && gain <= leastGain)
    return noGain(`no move or swap gains the ${Math.round(price)} points² that a pin costs`);
  if (gain <= price) return noGain(text);
  if (gain - noise <= price) return noGain(`${text}, and ${Math.round(noise)} could be noise`);
  if (gain < pins * unevenPerPcpu)
    return noGain(`${text}, little beside the ${Math.round(unevenPerPcpu)} by which each pCPU stays uneven`);
  if (cautiousGain > cautiousPrice) return undefined;
  const loss = `${Math.round(cautiousGain)} by the cautious reading`;
  return { kind: 'cautious-loss', text: `${text}; ${loss}` };
}

export function proposalText({ gain, pins, price }: Proposal): string {
  return `would gain ${Math.round(gain)} points², ${pins} ${pins === 1 ? 'pin costs' : 'pins cost'} ${Math.round(price)}`;
}

/** Whether a plan may take back the last moves: its gain is twice what it takes to be made, and one by both readings. */
export function isCertain({ gain, cautiousGain, stdError, price }: Proposal): boolean {
  return gain > 2 * (price + tuning.stdErrors * stdError) && cautiousGain > price;
}

/** A verdict that tells the loads as they are, and nothing yet of what is to be done. */
export function figuresOf(layout: Layout): Omit<ComponentVerdict, 'kind' | 'text'> {
  const { lowPct, highPct } = layout.scale;
  const cpus = layout.problem.groups.flatMap((group) => group.cpus).sort((a, b) => a - b);
  const points = layout.load.reduce((sum, each) => sum + each, 0);
  return {
    cpus,
    ...extremes(layout),
    meanPct: points / Math.max(1, cpus.length),
    band: { lowPct, highPct },
    proposal: undefined,
    waited: undefined,
  };
}

/** The least and the greatest load: '72-93 %'. */
export function rangeOf(layout: Layout): string {
  const { leastPct, mostPct } = extremes(layout);
  const [least, most] = [Math.round(leastPct), Math.round(mostPct)];
  return least === most ? `${least} %` : `${least}-${most} %`;
}

function extremes(layout: Layout): Pick<ComponentVerdict, 'leastPct' | 'mostPct'> {
  const pcts = layout.problem.groups.map((_, group) => loadPctAt(layout, group));
  const mostPct = pcts.reduce((most, pct) => Math.max(most, pct), 0);
  return { leastPct: pcts.reduce((least, pct) => Math.min(least, pct), mostPct), mostPct };
}
