import type { CpuSet } from '../model/cpu-set.ts';
import type { VcpuLoad } from '../model/load.ts';
import { tuning } from './constants.ts';
import type { Demand } from './estimate.ts';
import type { Unit } from './units.ts';

/** A vCPU as the planner sees it. Units are counted by their position. */
export type Item = {
  /** position in the order of UUID, then number: the last word in every tie */
  readonly index: number;
  readonly vcpu: VcpuLoad;
  readonly demand: Demand;
  /** equal for the vCPUs of one domain; undefined where the domain has no other */
  readonly family: string | undefined;
  /** the unit whose load it is now; NOWHERE if that is no usable one */
  readonly home: number;
  readonly standing: Standing;
  /** why it is not moved in this cycle; undefined where it may be */
  readonly stays: string | undefined;
  /** for each unit, whether it may be pinned there */
  readonly mayUse: readonly boolean[];
  /** what it costs to have it away from home, in points squared */
  readonly awayPrice: number;
  /** why it has to leave its NUMA cell; undefined for most */
  readonly crossing: string | undefined;
};

/**
 * - `settled`: is pinned to one unit, or to a part of it; to allowed pCPUs alone
 * - `floating`: may run on pCPUs of several units, all of them allowed
 * - `misplaced`: may run where it is not allowed to
 */
export type Standing = 'settled' | 'floating' | 'misplaced';

export const NOWHERE = -1;

/** Whether it gets a pin of its own, wherever that is: not a move, it has no place to move from. */
export function isToPlace(item: Item): boolean {
  return item.standing !== 'settled' && item.stays === undefined;
}

/** vCPUs as items, in the order of `vcpus`, which belongs to `demands`. */
export function itemsOf(
  units: readonly Unit[],
  vcpus: readonly VcpuLoad[],
  demands: readonly Demand[],
): Item[] {
  const positions = new Map(units.flatMap(({ cpus }, position) => cpus.map((cpu) => [cpu, position])));
  const familySizes = new Map<string, number>();
  for (const { domain } of vcpus) familySizes.set(domain.uuid, (familySizes.get(domain.uuid) ?? 0) + 1);
  const mayUse = masks(units);
  return demands.flatMap((demand, index) => {
    const vcpu = vcpus[index];
    if (vcpu === undefined) return [];
    const { affinity, lastPcpu } = vcpu.placement;
    const unit = positions.get(affinity[0] ?? lastPcpu);
    const isInOneUnit = affinity.every((cpu) => positions.get(cpu) === unit);
    // One that is pinned to a unit and halts may have last run elsewhere.
    const home = (isInOneUnit ? unit : positions.get(lastPcpu)) ?? NOWHERE;
    const { uuid } = vcpu.domain;
    return {
      index,
      vcpu,
      demand,
      family: familySizes.get(uuid) === 1 ? undefined : uuid,
      home,
      standing: standingOf(vcpu, isInOneUnit),
      stays: reasonToStay(vcpu),
      mayUse: mayUse(vcpu.allowed),
      awayPrice: tuning.awayPrice * Math.max(0, 1 + vcpu.priority),
      crossing: undefined,
    };
  });
}

/** The item with another allowed set. What it is now, settled or floating, it stays. */
export function confined(item: Item, allowed: CpuSet, units: readonly Unit[]): Item {
  return { ...item, vcpu: { ...item.vcpu, allowed }, mayUse: masks(units)(allowed) };
}

function standingOf({ placement: { affinity }, allowed }: VcpuLoad, isInOneUnit: boolean): Standing {
  if (!affinity.every((pcpu) => allowed.includes(pcpu))) return 'misplaced';
  return isInOneUnit ? 'settled' : 'floating';
}

function reasonToStay({ fixed, allowed, reading }: VcpuLoad): string | undefined {
  if (fixed !== undefined) return fixed;
  if (allowed.length === 0) return 'there is no pCPU that it may use';
  return reading.kind === 'measured' ? undefined : reading.reason;
}

/** Most vCPUs of a host share one set: each set is turned into a mask once. */
function masks(units: readonly Unit[]): (allowed: CpuSet) => readonly boolean[] {
  const bySet = new Map<CpuSet, readonly boolean[]>();
  return (allowed) => {
    const known = bySet.get(allowed);
    if (known !== undefined) return known;
    const members = new Set(allowed);
    const mask = units.map(({ cpus }) => cpus.some((cpu) => members.has(cpu)));
    bySet.set(allowed, mask);
    return mask;
  };
}
