import type { CpuSet } from '../model/cpu-set.ts';
import { vcpuKey } from '../model/load.ts';
import type { Move, Plan } from '../model/plan.ts';
import { chooseFloating } from './choose-floating.ts';
import { leftAloneAmong, movesBetween, pcpuLoads } from './explain.ts';
import { type Item, isToPlace } from './item.ts';
import { keepFloating } from './keep-floating.ts';
import { type Layout, layoutAtHome } from './layout.ts';
import { type Placing, placeFloating } from './place-floating.ts';
import type { PolicySettings } from './policy.ts';
import { isWorthIt } from './worth-it.ts';

/** Where a policy begins: the host as it is, and with a pCPU for every vCPU that is to get one. */
export type Beginning = {
  readonly pcpus: CpuSet;
  readonly placing: Placing;
  readonly before: Layout;
  readonly placed: Layout;
  /** how many get a pCPU */
  readonly pins: number;
  /** pins that only keep a vCPU from where it may not run */
  readonly narrowed: readonly Move[];
  /** how many more pins there may be */
  readonly pinsLeft: number;
};

export function begin(
  all: readonly Item[],
  pcpus: CpuSet,
  settings: PolicySettings,
  placing: Placing = settings.place,
): Beginning {
  const { maxMoves } = settings;
  const { items, narrowed } = placing === 'keep' ? keepFloating(all, maxMoves) : { items: all, narrowed: [] };
  const most = maxMoves === undefined ? undefined : maxMoves - narrowed.length;
  const chosen = chooseFloating(items, pcpus.length, { ...settings, maxMoves: most }, placing);
  const before = layoutAtHome(chosen, pcpus.length);
  const homeless = chosen.filter(isToPlace);
  return {
    pcpus,
    placing,
    before,
    placed: placeFloating(before, homeless, placing),
    pins: homeless.length,
    narrowed,
    pinsLeft: (most ?? Number.POSITIVE_INFINITY) - homeless.length,
  };
}

/** The plan that leads to `after`. */
export function planTo(after: Layout, { pcpus, placing, before, narrowed }: Beginning, why: string): Plan {
  const kept = new Set(narrowed.map(vcpuKey));
  const keptOff = kept.size > 0 ? [`${kept.size} vCPUs are kept off pCPUs that they may not use`] : [];
  return {
    moves: [...narrowed, ...movesBetween(before, after, pcpus, placing)],
    summary: pcpus.length === 0 ? 'no usable pCPU' : [...keptOff, why].join('; '),
    isCertain: isWorthIt(before, after),
    before: pcpuLoads(before, pcpus),
    after: pcpuLoads(after, pcpus),
    leftAlone: leftAloneAmong(before.items.filter(({ vcpu }) => !kept.has(vcpuKey(vcpu)))),
  };
}
