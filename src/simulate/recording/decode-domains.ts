import { unbounded } from '../../model/bounds.ts';
import { parseCpuList } from '../../model/cpu-set.ts';
import type { Vcpu } from '../../model/domain.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { DeltaLine, FullLine } from './format.ts';

/** A line that is not as the format has it. */
export class RecordingError extends Error {}

type Domains = Pick<Snapshot, 'domains' | 'leftAlone'>;

/** The domains of a full sample. */
export function fullDomains({ domains, leftAlone }: FullLine): Domains {
  return {
    domains: domains.map(({ uuid, name, vcpus }) => ({
      uuid,
      name,
      id: undefined,
      bounds: unbounded,
      vcpus: vcpus.map(fullVcpu),
    })),
    leftAlone: leftAlone.map(({ uuid, name, vcpu, reason }) => ({
      domain: { uuid, name },
      vcpu: vcpu ?? undefined,
      reason,
    })),
  };
}

function fullVcpu(vcpu: FullLine['domains'][number]['vcpus'][number]): Vcpu {
  const { timeNs, delayNs, affinity, pcpu } = vcpu;
  return {
    number: vcpu.vcpu,
    counters:
      timeNs === undefined
        ? undefined
        : { cpuTimeNs: BigInt(timeNs), delayNs: delayNs === undefined ? undefined : BigInt(delayNs) },
    placement:
      affinity === undefined || pcpu === undefined ? undefined : { affinity: cpus(affinity), lastPcpu: pcpu },
    problem: vcpu.problem,
  };
}

/** The domains of a sample that is told as the difference from `last`. */
export function deltaDomains(
  { ranNs, waitedNs, pcpus }: DeltaLine,
  { domains, leftAlone }: Domains,
): Domains {
  const count = domains.reduce((sum, { vcpus }) => sum + vcpus.length, 0);
  for (const [key, { length }] of Object.entries({ ranNs, waitedNs, pcpus })) {
    if (length !== count) throw new RecordingError(`${key}: has ${length} entries for ${count} vCPUs`);
  }
  let i = 0;
  const next = (vcpu: Vcpu): Vcpu => {
    const moved = moveOn(vcpu, ranNs[i] ?? null, waitedNs[i] ?? null, pcpus[i] ?? null);
    i++;
    return moved;
  };
  return { domains: domains.map((domain) => ({ ...domain, vcpus: domain.vcpus.map(next) })), leftAlone };
}

function moveOn(vcpu: Vcpu, ranNs: number | null, waitedNs: number | null, pcpu: number | null): Vcpu {
  const { counters, placement } = vcpu;
  const delayNs = counters?.delayNs;
  if (
    (counters === undefined) !== (ranNs === null) ||
    (delayNs === undefined) !== (waitedNs === null) ||
    (placement === undefined) !== (pcpu === null)
  ) {
    throw new RecordingError(`vCPU ${vcpu.number}: has a figure too many or too few`);
  }
  // Written out member by member: a day of 500 vCPUs has nine million of these.
  return {
    number: vcpu.number,
    counters: counters && {
      cpuTimeNs: counters.cpuTimeNs + BigInt(ranNs ?? 0),
      delayNs: delayNs === undefined ? undefined : delayNs + BigInt(waitedNs ?? 0),
    },
    placement:
      placement === undefined || pcpu === null || pcpu === placement.lastPcpu
        ? placement
        : { affinity: placement.affinity, lastPcpu: pcpu },
    problem: vcpu.problem,
  };
}

/** The empty set is no list to parseCpuList. */
export function cpus(list: string): readonly number[] {
  return list === '' ? [] : parseCpuList(list);
}
