import { type CpuSet, sameCpus, sameCpusOrNone } from '../model/cpu-set.ts';
import type { Domain } from '../model/domain.ts';
import type { DomainRule } from '../model/domain-rule.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type Allowed, allowedOn, type LimitScope } from './limits.ts';

type Limits = ReturnType<typeof allowedOn>;

/**
 * `allowedOn`, which works out anew only what has changed: mostly a sample shows the same domains, bound by the same and
 * in the same places, as the one before.
 */
export function rememberedLimits(): typeof allowedOn {
  type Look = { readonly snapshot: Snapshot; readonly scope: LimitScope; readonly limits: Limits };
  let last: Look | undefined;
  return (snapshot, scope) => {
    const isSame = (before: Look) =>
      isSameHost(before.snapshot, snapshot) &&
      isSameScope(before.scope, scope) &&
      arePinsSame(before.scope, scope, snapshot.domains);
    const limits = last && isSame(last) ? last.limits : remembering(allowedOn(snapshot, scope));
    last = { snapshot, scope, limits };
    return limits;
  };
}

/** Keeps what each vCPU may have, by domain and number. */
function remembering({ of, common }: Limits): Limits {
  type Known = { readonly affinity: CpuSet; readonly rule: DomainRule; readonly allowed: Allowed };
  const known = new Map<string, Known[]>();
  return {
    common,
    of: (domain, vcpu, affinity, rule) => {
      const ofDomain = known.get(domain.uuid) ?? [];
      const found = ofDomain[vcpu];
      if (found !== undefined && sameCpus(found.affinity, affinity) && isSameRule(found.rule, rule))
        return found.allowed;
      const allowed = of(domain, vcpu, affinity, rule);
      ofDomain[vcpu] = { affinity, rule, allowed };
      known.set(domain.uuid, ofDomain);
      return allowed;
    },
  };
}

function isSameRule({ cpus: a }: DomainRule, { cpus: b }: DomainRule): boolean {
  return a?.set === b?.set && a?.by === b?.by;
}

function isSameHost(before: Snapshot, now: Snapshot): boolean {
  return (
    sameCpus(before.online, now.online) &&
    sameCpusOrNone(before.isolated, now.isolated) &&
    before.topology === now.topology &&
    before.topologyProblem === now.topologyProblem &&
    areSame(before.domains, now.domains, isSameDomain) &&
    areSame(before.paused ?? [], now.paused ?? [], isSameDomain)
  );
}

function isSameDomain(before: Domain, now: Domain): boolean {
  return (
    before.uuid === now.uuid &&
    before.name === now.name &&
    before.bounds === now.bounds &&
    areSame(before.vcpus, now.vcpus, ({ number, placement: was }, { number: other, placement: is }) => {
      const isThere = sameCpusOrNone(was?.affinity, is?.affinity);
      // Only of those of a real-time class it matters where they ran last.
      return (
        number === other && isThere && (now.bounds.realtime.length === 0 || was?.lastPcpu === is?.lastPcpu)
      );
    })
  );
}

function isSameScope(before: LimitScope, now: LimitScope): boolean {
  const refused = [...(before.refused ?? [])];
  return (
    sameCpusOrNone(before.cpus, now.cpus) &&
    before.dedicated === now.dedicated &&
    before.foreign === now.foreign &&
    refused.length === (now.refused?.size ?? 0) &&
    refused.every(([partition, cpus]) => sameCpusOrNone(cpus, now.refused?.get(partition)))
  );
}

/** Whether each vCPU had the same affinities from vcpusched, and before it. */
function arePinsSame(before: LimitScope, now: LimitScope, domains: readonly Domain[]): boolean {
  const isSame = (key: string) =>
    areSame(before.own?.(key) ?? [], now.own?.(key) ?? [], sameCpus) &&
    sameCpusOrNone(before.origin?.(key), now.origin?.(key));
  return domains.every((domain) =>
    domain.vcpus.every(({ number }) => isSame(vcpuKey({ domain, vcpu: number }))),
  );
}

function areSame<T>(
  before: readonly T[],
  now: readonly T[],
  isSame: (before: T, now: T) => boolean,
): boolean {
  return before.length === now.length && before.every((each, i) => isSame(each, now[i] as T));
}
