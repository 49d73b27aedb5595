import { formatCpuSet, intersect } from '../model/cpu-set.ts';
import { vcpuKey } from '../model/load.ts';
import type { Move, Plan } from '../model/plan.ts';
import type { Item } from './item.ts';
import type { Placing } from './place-floating.ts';
import type { PolicySettings } from './policy.ts';

/** vCPUs of which some stay floating, and the pins that only keep those from where they may not run. */
export type Kept = { readonly items: readonly Item[]; readonly narrowed: readonly Move[] };

/**
 * With --place keep, leaves what may run on several pCPUs as it is. Where some of those are not allowed, it is
 * only kept from them, by at most --max-moves pins.
 */
export function keepFloating(
  items: readonly Item[],
  { maxMoves: most = Number.POSITIVE_INFINITY }: PolicySettings,
  placing: Placing,
): Kept {
  if (placing !== 'keep') return { items, narrowed: [] };
  const isKept = (item: Item) =>
    item.stays === undefined && item.standing !== 'settled' && remaining(item).length > 1;
  return {
    items: items.map((item) =>
      isKept(item) ? { ...item, stays: 'may run on several pCPUs, and is left so' } : item,
    ),
    narrowed: items
      .filter((item) => isKept(item) && item.standing === 'misplaced')
      .slice(0, most)
      .map(narrow),
  };
}

function remaining({ vcpu }: Item) {
  return intersect(vcpu.placement.affinity, vcpu.allowed);
}

function narrow(item: Item): Move {
  const { domain, vcpu, placement } = item.vcpu;
  const [from, to] = [placement.affinity, remaining(item)];
  const reason = `may not run on all of ${formatCpuSet(from)}, but stays free to run on ${formatCpuSet(to)}`;
  return { domain, vcpu, kind: 'place', from, to, demandPct: item.demand.openPct, reason };
}

/** The plan with these pins besides. */
export function withNarrowed(plan: Plan, narrowed: readonly Move[]): Plan {
  if (narrowed.length === 0) return plan;
  const keys = new Set(narrowed.map(vcpuKey));
  const who =
    keys.size === 1 ? '1 vCPU is kept off pCPUs that it' : `${keys.size} vCPUs are kept off pCPUs that they`;
  return {
    ...plan,
    moves: [...narrowed, ...plan.moves],
    summary: `${who} may not use; ${plan.summary}`,
    leftAlone: plan.leftAlone.filter(
      ({ domain, vcpu }) => vcpu === undefined || !keys.has(vcpuKey({ domain, vcpu })),
    ),
  };
}
