import { type Measured, measure } from '../balance/measure.ts';
import { policies } from '../balance/policies/index.ts';
import type { PolicySettings } from '../balance/policy.ts';
import type { Decide } from '../balance/remembering.ts';
import { domainFilter } from '../config/domain-filter.ts';
import type { Settings } from '../config/settings.ts';
import { exitStatus, VcpuschedError } from '../errors.ts';
import { formatCpuSet, without } from '../model/cpu-set.ts';
import { type VcpuLoad, vcpuKey } from '../model/load.ts';
import type { Plan } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** Turns two samples into loads, and loads into a plan; remembers what the policy wants remembered. */
export type Decider = {
  /** @throws {VcpuschedError} status 64 where --cpus names a pCPU that is not online from the start */
  readonly measure: (before: Snapshot, after: Snapshot) => Measured;
  /** @param resting vCPUs to be left as they are this time, by key, with the reason */
  readonly plan: (measured: Measured, resting?: ReadonlyMap<string, string>) => Plan;
};

/** @throws {VcpuschedError} status 64 for a policy that there is not */
export function decider(settings: Settings, urgency: PolicySettings['urgency']): Decider {
  const decide = policyNamed(settings.policy);
  const scope = {
    cpus: settings.cpus,
    exclusion: domainFilter(settings.domain, settings.exclude),
    rule: () => ({}),
  };
  let first = true;
  return {
    measure: (before, after) => {
      if (first) checkCpus(settings.cpus, after.online);
      first = false;
      return measure(before, after, scope);
    },
    plan: ({ load, leftAlone }, resting = new Map()) => {
      const rest = (vcpu: VcpuLoad) => ({ ...vcpu, fixed: vcpu.fixed ?? resting.get(vcpuKey(vcpu)) });
      const host = { ...load, vcpus: load.vcpus.map(rest) };
      const plan = decide(host, { ...settings, maxMoves: settings.maxMoves, urgency });
      const whole = new Set(
        leftAlone.flatMap(({ domain, vcpu }) => (vcpu === undefined ? [domain.uuid] : [])),
      );
      const others = plan.leftAlone.filter(({ domain }) => !whole.has(domain.uuid));
      return { ...plan, leftAlone: [...leftAlone, ...others] };
    },
  };
}

function policyNamed(name: string): Decide {
  if (!Object.hasOwn(policies, name)) {
    throw new VcpuschedError(
      exitStatus.usage,
      `--policy: there is no '${name}', but ${Object.keys(policies).join(', ')}`,
    );
  }
  return policies[name as keyof typeof policies]();
}

function checkCpus(wanted: Settings['cpus'], online: Snapshot['online']): void {
  const absent = without(wanted ?? [], online);
  if (absent.length === 0) return;
  throw new VcpuschedError(
    exitStatus.usage,
    `--cpus: pCPU ${formatCpuSet(absent)} is not online; online are ${formatCpuSet(online)}`,
  );
}
