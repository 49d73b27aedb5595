import { formatCpuSet, intersect } from '../model/cpu-set.ts';
import type { Move } from '../model/plan.ts';
import type { Item } from './item.ts';

/** vCPUs of which some stay floating, and the pins that only keep those from where they may not run. */
export type Kept = { readonly items: readonly Item[]; readonly narrowed: readonly Move[] };

/**
 * Leaves what may run on several pCPUs as it is. Where some of those are not allowed, it is only kept from them.
 */
export function keepFloating(items: readonly Item[]): Kept {
  const isKept = (item: Item) =>
    item.stays === undefined && item.standing !== 'settled' && remaining(item).length > 1;
  return {
    items: items.map((item) =>
      isKept(item) ? { ...item, stays: 'may run on several pCPUs, and is left so' } : item,
    ),
    narrowed: items.filter((item) => isKept(item) && item.standing === 'misplaced').map(narrow),
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
