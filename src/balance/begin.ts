import type { Plan } from '../model/plan.ts';
import { chooseFloating } from './choose-floating.ts';
import { leftAloneAmong, movesBetween, pcpuLoads } from './explain.ts';
import { type Item, isToPlace } from './item.ts';
import { type Layout, layoutAtHome } from './layout.ts';
import { type Placing, placeFloating } from './place-floating.ts';
import type { PolicySettings } from './policy.ts';
import type { Unit } from './units.ts';
import { isWorthIt } from './worth-it.ts';

/** Where a policy begins: the host as it is, and with a pCPU for every vCPU that is to get one. */
export type Beginning = {
  readonly units: readonly Unit[];
  readonly placing: Placing;
  readonly before: Layout;
  readonly placed: Layout;
  /** how many get a pCPU */
  readonly pins: number;
  /** how many more pins there may be */
  readonly pinsLeft: number;
};

export function begin(
  items: readonly Item[],
  units: readonly Unit[],
  settings: PolicySettings,
  placing: Placing = settings.place,
): Beginning {
  const chosen = chooseFloating(items, units, settings, placing);
  const before = layoutAtHome(chosen, units);
  const homeless = chosen.filter(isToPlace);
  return {
    units,
    placing,
    before,
    placed: placeFloating(before, homeless, placing),
    pins: homeless.length,
    pinsLeft: (settings.maxMoves ?? Number.POSITIVE_INFINITY) - homeless.length,
  };
}

/** The plan that leads to `after`. */
export function planTo(after: Layout, { units, placing, before }: Beginning, why: string): Plan {
  return {
    moves: movesBetween(before, after, placing),
    summary: units.length === 0 ? 'no usable pCPU' : why,
    isCertain: isWorthIt(before, after),
    before: pcpuLoads(before),
    after: pcpuLoads(after),
    leftAlone: leftAloneAmong(before.items),
  };
}

/** What is said where vCPUs are placed; undefined where none is. */
export function placedText({ before, pins }: Beginning, { granularity }: PolicySettings): string | undefined {
  const unit = granularity === 'cpu' ? 'pCPU' : granularity;
  const crossing = before.items.filter((item) => isToPlace(item) && item.crossing !== undefined).length;
  const texts = [
    textOf(crossing, 'goes to another cell', 'go to another cell'),
    textOf(pins - crossing, `gets a ${unit} of its own`, `get a ${unit} of their own`),
  ];
  return pins === 0 ? undefined : texts.flatMap((text) => text ?? []).join('; ');
}

/** What so many vCPUs do; undefined for none. */
export function textOf(count: number, one: string, more: string): string | undefined {
  if (count === 0) return undefined;
  return count === 1 ? `1 vCPU ${one}` : `${count} vCPUs ${more}`;
}
