import { type CpuSet, formatCpuSet, intersect } from '../model/cpu-set.ts';
import type { Counters, Domain, DomainRef, Vcpu } from '../model/domain.ts';
import type { DomainRule } from '../model/domain-rule.ts';
import type { HostLoad, Reading, VcpuLoad } from '../model/load.ts';
import type { LeftAlone } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** What vcpusched may use and touch. */
export type Scope = {
  /** the pCPUs to use; undefined: all that are online */
  readonly cpus: CpuSet | undefined;
  /** why a domain must not be touched; undefined where it may be */
  readonly exclusion: (domain: DomainRef) => string | undefined;
  /** what the configuration says of a domain */
  readonly rule: (domain: DomainRef) => DomainRule;
};

export type Measured = { readonly load: HostLoad; readonly leftAlone: readonly LeftAlone[] };

/**
 * What each vCPU used and waited for between two snapshots. A vCPU whose place is unknown in both cannot be
 * counted anywhere and is only named; one whose counters are missing stays, with a reading that says so.
 */
export function measure(before: Snapshot, after: Snapshot, scope: Scope): Measured {
  const windowMs = after.takenAtMs - before.takenAtMs;
  const pcpus = scope.cpus === undefined ? after.online : intersect(after.online, scope.cpus);
  const earlier = new Map(before.domains.map((domain) => [domain.uuid, domain]));
  const vcpus: VcpuLoad[] = [];
  const leftAlone: LeftAlone[] = [...after.leftAlone];
  for (const domain of after.domains) {
    const ref = { uuid: domain.uuid, name: domain.name };
    const rule = scope.rule(ref);
    const allowed = rule.cpus === undefined ? pcpus : intersect(pcpus, rule.cpus.set);
    const fixed =
      scope.exclusion(ref) ??
      (rule.cpus !== undefined && allowed.length === 0 ? noneOf(rule.cpus) : undefined);
    if (fixed !== undefined) leftAlone.push({ domain: ref, vcpu: undefined, reason: fixed });
    for (const vcpu of domain.vcpus) {
      const last = vcpuOf(earlier.get(domain.uuid), vcpu.number);
      const placement = vcpu.placement ?? last?.placement;
      if (placement === undefined) {
        leftAlone.push({ domain: ref, vcpu: vcpu.number, reason: vcpu.problem ?? 'its place is not known' });
      } else {
        const reading = read(last, vcpu, windowMs);
        vcpus.push({
          domain: ref,
          vcpu: vcpu.number,
          placement,
          allowed,
          reading,
          fixed,
          priority: rule.priority ?? 0,
        });
      }
    }
  }
  return { load: { pcpus, topology: after.topology, vcpus }, leftAlone };
}

function noneOf({ set, by }: NonNullable<DomainRule['cpus']>): string {
  return `no pCPU in use is among those that it may have: ${formatCpuSet(set)} (${by})`;
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
