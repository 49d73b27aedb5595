import { type CpuSet, cpuSet } from '../model/cpu-set.ts';
import type { Counters, Domain, DomainRef, Vcpu } from '../model/domain.ts';
import type { DomainRule } from '../model/domain-rule.ts';
import type { HostLoad, Reading, VcpuLoad } from '../model/load.ts';
import type { LeftAlone } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { allowedOn } from './limits.ts';

/** What vcpusched may use and touch. */
export type Scope = {
  /** the pCPUs to use; undefined: all that are online */
  readonly cpus: CpuSet | undefined;
  /** why a domain must not be touched; undefined where it may be */
  readonly exclusion: (domain: DomainRef) => string | undefined;
  /** what the configuration says of a domain */
  readonly rule: (domain: DomainRef) => DomainRule;
  /** the pCPUs that libvirt has refused, by `Bounds.partition`, '' where that is undefined */
  readonly refused?: ReadonlyMap<string, CpuSet> | undefined;
  /** the affinities of a vCPU, by its key, that vcpusched itself has set */
  readonly own?: ((vcpuKey: string) => readonly CpuSet[]) | undefined;
};

export type Measured = { readonly load: HostLoad; readonly leftAlone: readonly LeftAlone[] };

/**
 * What each vCPU used and waited for between two snapshots. A vCPU whose place is unknown in both cannot be
 * counted anywhere and is only named; one whose counters are missing stays, with a reading that says so.
 */
export function measure(before: Snapshot, after: Snapshot, scope: Scope): Measured {
  const windowMs = after.takenAtMs - before.takenAtMs;
  const allowed = allowedOn(after, scope.cpus);
  const offers = new Set<CpuSet>();
  const earlier = new Map(before.domains.map((domain) => [domain.uuid, domain]));
  const vcpus: VcpuLoad[] = [];
  const leftAlone: LeftAlone[] = [...after.leftAlone];
  for (const domain of after.domains) {
    const ref = { uuid: domain.uuid, name: domain.name };
    const rule = scope.rule(ref);
    const leave = scope.exclusion(ref) ?? domain.bounds.leave;
    const stay: LeftAlone[] = [];
    for (const vcpu of domain.vcpus) {
      const last = vcpuOf(sameStart(earlier.get(domain.uuid), domain), vcpu.number);
      const placement = vcpu.placement ?? last?.placement;
      if (placement === undefined) {
        const reason = vcpu.problem ?? 'its place is not known';
        if (leave === undefined) leftAlone.push({ domain: ref, vcpu: vcpu.number, reason });
      } else {
        const { offered, pcpus, limits, fixed } = allowed.of(domain, vcpu.number, placement.affinity, rule);
        if (leave === undefined) offers.add(offered);
        if (fixed !== undefined) stay.push({ domain: ref, vcpu: vcpu.number, reason: fixed });
        vcpus.push({
          domain: ref,
          vcpu: vcpu.number,
          placement,
          allowed: pcpus,
          limits,
          reading: read(last, vcpu, windowMs),
          fixed: leave ?? fixed,
          priority: rule.priority ?? domain.bounds.word.priority ?? 0,
          guestCore: undefined,
          deviceCells: domain.bounds.deviceCells,
        });
      }
    }
    leftAlone.push(
      ...(leave === undefined ? together(stay, domain) : [{ domain: ref, vcpu: undefined, reason: leave }]),
    );
  }
  const pcpus = cpuSet([...(offers.size > 0 ? offers : [allowed.common])].flat());
  const { topology, capacity } = after;
  return {
    load: { pcpus, topology, background: new Map(), capacity, overheads: [], vcpus },
    leftAlone,
  };
}

/** One entry for the domain where all its vCPUs are left alone for the same reason. */
function together(stay: readonly LeftAlone[], { vcpus }: Domain): readonly LeftAlone[] {
  const [first] = stay;
  const isAll = stay.length === vcpus.length && new Set(stay.map(({ reason }) => reason)).size === 1;
  return first !== undefined && isAll ? [{ ...first, vcpu: undefined }] : stay;
}

/** The domain as it was, unless it has been started anew since. */
function sameStart(domain: Domain | undefined, now: Domain): Domain | undefined {
  return domain?.id === undefined || now.id === undefined || domain.id === now.id ? domain : undefined;
}

function vcpuOf(domain: Domain | undefined, number: number): Vcpu | undefined {
  return domain?.vcpus.find((vcpu) => vcpu.number === number);
}

function read(last: Vcpu | undefined, now: Vcpu, windowMs: number): Reading {
  if (now.counters === undefined || now.placement === undefined) {
    return { kind: 'missing', reason: now.problem ?? 'it could not be read' };
  }
  if (last === undefined) return { kind: 'new', reason: 'it has just started' };
  if (last.counters === undefined)
    return { kind: 'missing', reason: last.problem ?? 'it could not be read before' };
  return difference(last.counters, now.counters, windowMs);
}

/** Counters that went back belong to a domain that has restarted in between. */
function difference(last: Counters, now: Counters, windowMs: number): Reading {
  const ranNs = now.cpuTimeNs - last.cpuTimeNs;
  const waitedNs =
    now.delayNs === undefined || last.delayNs === undefined ? undefined : now.delayNs - last.delayNs;
  if (ranNs < 0n || (waitedNs !== undefined && waitedNs < 0n))
    return { kind: 'new', reason: 'it has just restarted' };
  const share = (ns: bigint) => Math.min(100, (Number(ns) / 1e6 / windowMs) * 100);
  return {
    kind: 'measured',
    usagePct: share(ranNs),
    delayPct: waitedNs === undefined ? undefined : share(waitedNs),
  };
}
