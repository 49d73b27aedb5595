import { threshold } from '../../src/balance/policies/threshold.ts';
import type { HostLoad, Reading, VcpuLoad } from '../../src/model/host-load.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { PolicySettings } from '../../src/model/policy-settings.ts';
import type { Topology } from '../../src/model/topology.ts';

export const defaults: PolicySettings = {
  thresholds: 'proportional',
  high: 90,
  target: 80,
  low: 70,
  gap: 10,
  sigma: 5,
  place: 'demand',
  numa: 'prefer',
  l3: 'prefer',
  granularity: 'cpu',
  maxMoves: undefined,
  urgency: 'now',
  movedLately: new Set(),
};

/** `demand` on `on`, as a host whose pCPUs are shared evenly shows it; a list of pCPUs is a floating vCPU. */
export type Wish = {
  readonly demand: number;
  readonly on: number | readonly number[];
  readonly last?: number;
  readonly domain?: string;
  readonly allowed?: readonly number[];
  readonly fixed?: string;
  readonly priority?: number;
  readonly reading?: Reading;
};

/** A host of pCPUs 0 to `pcpuCount - 1`; vCPU i is vCPU 0 of the domain `di`, unless it says otherwise. */
export function hostOf(pcpuCount: number, wishes: readonly Wish[], topology: Topology = []): HostLoad {
  const pcpus = Array.from({ length: pcpuCount }, (_, pcpu) => pcpu);
  const numbers = new Map<string, number>();
  const vcpus = wishes.map((wish, i): VcpuLoad => {
    const name = wish.domain ?? `d${String(i).padStart(4, '0')}`;
    const vcpu = numbers.get(name) ?? 0;
    numbers.set(name, vcpu + 1);
    const affinity = typeof wish.on === 'number' ? [wish.on] : wish.on;
    return {
      domain: { uuid: `uuid-${name}`, name },
      vcpu,
      placement: { affinity, lastPcpu: wish.last ?? affinity[0] ?? 0 },
      allowed: wish.allowed ?? pcpus,
      limits: [],
      reading: wish.reading ?? { kind: 'measured', usagePct: wish.demand, delayPct: 0 },
      fixed: wish.fixed,
      priority: wish.priority ?? 0,
      guestCore: undefined,
      deviceCells: [],
    };
  });
  return {
    pcpus,
    topology,
    background: new Map(),
    capacity: new Map(),
    floating: new Map(),
    overheads: [],
    vcpus,
  };
}

export function planFor(host: HostLoad, settings: Partial<PolicySettings> = {}): Plan {
  return threshold.decide(host, undefined, { ...defaults, ...settings }).plan;
}

/** The host as it is once a plan has been carried out. */
export function afterPlan(host: HostLoad, plan: Plan): HostLoad {
  const pins = new Map(plan.moves.map((move) => [`${move.domain.uuid}/${move.vcpu}`, move.to]));
  return {
    ...host,
    vcpus: host.vcpus.map((vcpu) => {
      const to = pins.get(`${vcpu.domain.uuid}/${vcpu.vcpu}`);
      return to === undefined ? vcpu : { ...vcpu, placement: { affinity: to, lastPcpu: to[0] ?? 0 } };
    }),
  };
}

export function loadsOf(plan: Plan): readonly number[] {
  return plan.after.map(({ loadPct }) => loadPct);
}
