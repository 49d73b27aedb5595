import { vcpuKey } from '../model/host-load.ts';
import { isGoing, type Layout } from './layout.ts';
import { unevenCost } from './objective.ts';
import { tuning } from './tuning.ts';

/** What became of the plans for a part of the host: what the next one has to gain for it. */
export type Evidence = {
  /** how many times the price of its pins a plan has to gain: 1 where plans bring what they promise */
  readonly doubt: number;
  /** the last plan; undefined once it was compared */
  readonly promise?: Promised | undefined;
};

/** What loads cost before a plan, what it was to gain of that, and where its vCPUs were to be, by their keys. */
type Promised = {
  readonly cost: number;
  readonly gain: number;
  readonly groups: ReadonlyMap<string, number>;
};

export const noEvidence: Evidence = { doubt: 1 };

/** As many broken promises in a row as a step of demand may have cycles are all that counts. */
const mostDoubt = 2 ** tuning.stepWindowCycles;
const fading = 1 - 1 / tuning.doubtCycles;

/**
 * Compares what the last plan was to gain with what has come of it, by usage and delay as they are measured now. A plan
 * that was not carried out says nothing.
 */
export function weighEvidence({ doubt, promise }: Evidence, now: Layout): Evidence {
  if (promise === undefined) return { doubt: Math.max(1, doubt * fading) };
  const { groups, vcpus } = now.problem;
  let done = 0;
  for (const [v, vcpu] of vcpus.entries()) {
    const cpu = groups[now.place[v] as number]?.cpus[0];
    if (cpu !== undefined && promise.groups.get(vcpuKey(vcpu)) === cpu) done += 1;
  }
  if (done < promise.groups.size / 2) return { doubt };
  const isKept = promise.cost - unevenCost(now) >= promise.gain / 2;
  return { doubt: isKept ? Math.max(1, doubt / 2) : Math.min(mostDoubt, doubt * 2) };
}

/** What is to be compared in the next cycle. */
export function promiseOf(before: Layout, after: Layout): Promised {
  const { groups, vcpus } = after.problem;
  const moved = vcpus.flatMap((vcpu, v): [string, number][] => {
    const cpu = groups[after.place[v] as number]?.cpus[0];
    return cpu === undefined || !isGoing(after, v) ? [] : [[vcpuKey(vcpu), cpu]];
  });
  const cost = unevenCost(before);
  return { cost, gain: cost - unevenCost(after), groups: new Map(moved) };
}
