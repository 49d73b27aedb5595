import type { Vcpu } from '../../model/domain.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { boundsOfLine, cpus } from './bounds.ts';
import type { DeltaLine, FullLine } from './format.ts';
import { nsOfUnits } from './pcpu-times.ts';

/** A line that is not as the format has it. */
export class RecordingError extends Error {}

type Domains = Pick<Snapshot, 'domains' | 'leftAlone'>;

/** The domains of a full sample. */
export function fullDomains({ domains, leftAlone }: FullLine): Domains {
  return {
    domains: domains.map(({ uuid, name, cpuTimeNs, bounds, vcpus }) => ({
      uuid,
      name,
      id: undefined,
      bounds: boundsOfLine(bounds),
      ...(cpuTimeNs !== undefined && { cpuTimeNs: BigInt(cpuTimeNs) }),
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
  const { timeNs, delayNs, polledNs, affinity, pcpu } = vcpu;
  return {
    number: vcpu.vcpu,
    counters:
      timeNs === undefined
        ? undefined
        : {
            cpuTimeNs: BigInt(timeNs),
            delayNs: delayNs === undefined ? undefined : BigInt(delayNs),
            ...(polledNs !== undefined && { polledNs: BigInt(polledNs) }),
          },
    placement:
      affinity === undefined || pcpu === undefined ? undefined : { affinity: cpus(affinity), lastPcpu: pcpu },
    problem: vcpu.problem,
  };
}

/** The domains of a sample that is told as the difference from `last`. */
export function deltaDomains(
  { ranNs, waitedNs, pcpus, polledNs, besidesUs }: DeltaLine,
  { domains, leftAlone }: Domains,
): Domains {
  const count = domains.reduce((sum, { vcpus }) => sum + vcpus.length, 0);
  const isOther = (values: readonly unknown[] | undefined, of: number) =>
    values !== undefined && values.length !== of;
  for (const [key, values] of Object.entries({ ranNs, waitedNs, pcpus, polledNs })) {
    if (isOther(values, count))
      throw new RecordingError(`${key}: has ${values?.length} entries for ${count} vCPUs`);
  }
  if (isOther(besidesUs, domains.length))
    throw new RecordingError(`besidesUs: has ${besidesUs?.length} entries for ${domains.length} domains`);
  let i = 0;
  const next = (vcpu: Vcpu): Vcpu => {
    const moved = moveOn(
      vcpu,
      ranNs[i] ?? null,
      waitedNs[i] ?? null,
      polledNs?.[i] ?? null,
      pcpus[i] ?? null,
    );
    i++;
    return moved;
  };
  return {
    domains: domains.map((domain, d) => {
      const first = i;
      const vcpus = domain.vcpus.map(next);
      const ownNs = ranNs.slice(first, i).reduce<bigint>((sum, each) => sum + BigInt(each ?? 0), 0n);
      return { ...domain, ...domainTime(domain.cpuTimeNs, ownNs, besidesUs?.[d] ?? null), vcpus };
    }),
    leftAlone,
  };
}

/** A domain's time: that of its vCPUs and what it ran besides. */
function domainTime(
  before: bigint | undefined,
  vcpusNs: bigint,
  besidesUs: number | null,
): { readonly cpuTimeNs?: bigint } {
  if ((before === undefined) !== (besidesUs === null))
    throw new RecordingError('besidesUs: has a figure too many or too few');
  return before === undefined ? {} : { cpuTimeNs: before + vcpusNs + nsOfUnits(besidesUs ?? 0, 1000) };
}

function moveOn(
  vcpu: Vcpu,
  ranNs: number | null,
  waitedNs: number | null,
  polledNs: number | null,
  pcpu: number | null,
): Vcpu {
  const { counters, placement } = vcpu;
  const delayNs = counters?.delayNs;
  if (
    (counters === undefined) !== (ranNs === null) ||
    (delayNs === undefined) !== (waitedNs === null) ||
    (counters?.polledNs === undefined) !== (polledNs === null) ||
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
      ...(counters.polledNs !== undefined && { polledNs: counters.polledNs + BigInt(polledNs ?? 0) }),
    },
    placement:
      placement === undefined || pcpu === null || pcpu === placement.lastPcpu
        ? placement
        : { affinity: placement.affinity, lastPcpu: pcpu },
    problem: vcpu.problem,
  };
}
