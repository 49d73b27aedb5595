import { formatCpuSet, intersect, sameCpus } from '../model/cpu-set.ts';
import { vcpuKey } from '../model/load.ts';
import type { Move, Plan } from '../model/plan.ts';
import { textOf } from './begin.ts';
import type { Item } from './item.ts';
import { keepFloating } from './keep-floating.ts';
import type { Placing } from './place-floating.ts';
import type { PolicySettings } from './policy.ts';
import type { Unit } from './units.ts';

/** Pins that take no vCPU from where it is, and what is left to decide. */
export type Adjusted = {
  readonly items: readonly Item[];
  readonly pins: readonly Move[];
  /** with what is left of --max-moves */
  readonly settings: PolicySettings;
};

/**
 * Keeps vCPUs that go on floating from where they may not run, and gives those that are pinned to a part of a
 * unit the whole of it.
 */
export function adjust(
  all: readonly Item[],
  units: readonly Unit[],
  settings: PolicySettings,
  placing: Placing,
): Adjusted {
  const { items, narrowed } = placing === 'keep' ? keepFloating(all) : { items: all, narrowed: [] };
  const widened = items.flatMap((item) => widen(item, units[item.home], placing));
  const pins = [...narrowed, ...widened].slice(0, settings.maxMoves);
  return { items, pins, settings: lessPins(settings, pins.length) };
}

function widen(
  { vcpu, standing, stays, demand }: Item,
  unit: Unit | undefined,
  placing: Placing,
): readonly Move[] {
  const { domain, placement, allowed } = vcpu;
  const from = placement.affinity;
  if (standing !== 'settled' || stays !== undefined || from.length === unit?.cpus.length) return [];
  const to = intersect(unit?.cpus ?? [], allowed);
  if (sameCpus(from, to) || (placing === 'keep' && from.length > 1)) return [];
  const reason = `may run on all of ${formatCpuSet(to)}, not only on ${formatCpuSet(from)}`;
  return [{ domain, vcpu: vcpu.vcpu, kind: 'place', from, to, demandPct: demand.openPct, reason }];
}

/** The plan with these pins besides; what it does itself with a vCPU goes before. */
export function withPins(plan: Plan, pins: readonly Move[]): Plan {
  if (pins.length === 0) return plan;
  const moved = new Set(plan.moves.map(vcpuKey));
  const keys = new Set(pins.map(vcpuKey));
  return {
    ...plan,
    moves: [...pins.filter((pin) => !moved.has(vcpuKey(pin))), ...plan.moves],
    summary: [...textsOf(pins), plan.summary].join('; '),
    leftAlone: plan.leftAlone.filter(
      ({ domain, vcpu }) => vcpu === undefined || !keys.has(vcpuKey({ domain, vcpu })),
    ),
  };
}

function textsOf(pins: readonly Move[]): readonly string[] {
  const narrowed = pins.filter(({ from, to }) => to.length < from.length).length;
  return [
    textOf(narrowed, 'is kept off pCPUs that it may not use', 'are kept off pCPUs that they may not use'),
    textOf(pins.length - narrowed, 'gets more pCPUs to run on', 'get more pCPUs to run on'),
  ].flatMap((text) => text ?? []);
}

/** The settings with fewer pins to be made. */
export function lessPins(settings: PolicySettings, pins: number): PolicySettings {
  return settings.maxMoves === undefined ? settings : { ...settings, maxMoves: settings.maxMoves - pins };
}
