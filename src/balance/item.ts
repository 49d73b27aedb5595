import type { CpuSet } from '../model/cpu-set.ts';
import type { HostLoad, VcpuLoad } from '../model/load.ts';
import type { Demand } from './estimate.ts';

/** A vCPU as the planner sees it. pCPUs are counted here by their position in HostLoad.pcpus. */
export type Item = {
  /** position in the order of UUID, then number: the last word in every tie */
  readonly index: number;
  readonly vcpu: VcpuLoad;
  readonly demand: Demand;
  /** equal for the vCPUs of one domain; undefined where the domain has no other */
  readonly family: string | undefined;
  /** the pCPU whose load it is now; NOWHERE if that is no usable one */
  readonly home: number;
  readonly standing: Standing;
  /** why it is not moved in this cycle; undefined where it may be */
  readonly stays: string | undefined;
  /** for each usable pCPU, whether it may be pinned there */
  readonly mayUse: readonly boolean[];
};

/**
 * - `settled`: has one allowed pCPU of its own
 * - `floating`: may run on several pCPUs, all of them allowed
 * - `misplaced`: may run where it is not allowed to
 */
export type Standing = 'settled' | 'floating' | 'misplaced';

export const NOWHERE = -1;

/** Whether it gets a pin of its own, wherever that is: not a move, it has no place to move from. */
export function isToPlace(item: Item): boolean {
  return item.standing !== 'settled' && item.stays === undefined;
}

/** The vCPUs of a host as items, in the order of `vcpus`, which belongs to `demands`. */
export function itemsOf(host: HostLoad, vcpus: readonly VcpuLoad[], demands: readonly Demand[]): Item[] {
  const positions = new Map(host.pcpus.map((pcpu, position) => [pcpu, position]));
  const familySizes = new Map<string, number>();
  for (const { domain } of vcpus) familySizes.set(domain.uuid, (familySizes.get(domain.uuid) ?? 0) + 1);
  const mayUse = masks(host.pcpus);
  return demands.flatMap((demand, index) => {
    const vcpu = vcpus[index];
    if (vcpu === undefined) return [];
    const { affinity, lastPcpu } = vcpu.placement;
    const runsOn = affinity.length === 1 ? affinity[0] : lastPcpu;
    const { uuid } = vcpu.domain;
    return {
      index,
      vcpu,
      demand,
      family: familySizes.get(uuid) === 1 ? undefined : uuid,
      home: positions.get(runsOn ?? lastPcpu) ?? NOWHERE,
      standing: standingOf(vcpu),
      stays: reasonToStay(vcpu),
      mayUse: mayUse(vcpu.allowed),
    };
  });
}

function standingOf({ placement: { affinity }, allowed }: VcpuLoad): Standing {
  if (!affinity.every((pcpu) => allowed.includes(pcpu))) return 'misplaced';
  return affinity.length === 1 ? 'settled' : 'floating';
}

function reasonToStay({ fixed, allowed, reading }: VcpuLoad): string | undefined {
  if (fixed !== undefined) return fixed;
  if (allowed.length === 0) return 'there is no pCPU that it may use';
  return reading.kind === 'measured' ? undefined : reading.reason;
}

/** Most vCPUs of a host share one set: each set is turned into a mask once. */
function masks(pcpus: CpuSet): (allowed: CpuSet) => readonly boolean[] {
  const bySet = new Map<CpuSet, readonly boolean[]>();
  return (allowed) => {
    const known = bySet.get(allowed);
    if (known !== undefined) return known;
    const members = new Set(allowed);
    const mask = pcpus.map((pcpu) => members.has(pcpu));
    bySet.set(allowed, mask);
    return mask;
  };
}
