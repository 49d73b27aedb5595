import { isIdle } from './bands.ts';
import { type Item, isToPlace } from './item.ts';
import { layoutAtHome } from './layout.ts';
import { largestFirst, type Placing } from './place-floating.ts';
import type { PolicySettings } from './policy.ts';
import type { Unit } from './units.ts';

/**
 * Decides which of the vCPUs without a pCPU of their own are to get one: by demand none that floats on an
 * idle host, and no more than `maxMoves`, misplaced ones before floating ones, then the largest.
 */
export function chooseFloating(
  items: readonly Item[],
  units: readonly Unit[],
  settings: PolicySettings,
  placing: Placing,
): readonly Item[] {
  const idle = placing === 'demand' && isIdle(layoutAtHome(items, units));
  const busy = items.map((item) =>
    idle && item.standing === 'floating' && item.stays === undefined
      ? { ...item, stays: 'the host is idle; the kernel places it best' }
      : item,
  );
  const first = largestFirst(busy.filter(isToPlace)).toSorted(
    (a, b) => Number(a.standing === 'floating') - Number(b.standing === 'floating'),
  );
  const beyond = new Set(first.slice(settings.maxMoves ?? first.length));
  return busy.map((item) => (beyond.has(item) ? { ...item, stays: 'its turn is after --max-moves' } : item));
}
