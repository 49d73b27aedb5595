import type { HostLoad, VcpuLoad } from '../../src/model/host-load.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { PolicySettings } from '../../src/model/policy-settings.ts';
import type { Topology } from '../../src/model/topology.ts';
import { buildTopology } from '../../src/simulate/scenario/build-topology.ts';
import { afterPlan, hostOf, planFor, type Wish } from './support.ts';

/** How many of each there are in one of the next larger; first threads are numbered before second ones. */
export type Shape = {
  readonly cells: number;
  readonly dies: number;
  readonly cores: number;
  readonly threads: number;
};

export function topologyOf(shape: Shape): Topology {
  return buildTopology({ topology: { sockets: 1, numbering: 'cores-first', ...shape } });
}

/** A host with the wishes; where one says nothing else, it may use all pCPUs. */
export function shapedHost(topology: Topology, wishes: readonly Wish[]): HostLoad {
  return hostOf(topology.length, wishes, topology);
}

/** What plan after plan leads to, and the plans. Without noise one more says that there is nothing to do. */
export function settle(
  host: HostLoad,
  settings: Partial<PolicySettings> = {},
  most = 4,
): { readonly host: HostLoad; readonly plans: readonly Plan[] } {
  const plans: Plan[] = [];
  let now = host;
  for (;;) {
    const plan = planFor(now, settings);
    if (plan.moves.length === 0) return { host: now, plans };
    if (plans.length === most) throw new Error(`still moving after ${most} plans: ${plan.summary}`);
    plans.push(plan);
    now = afterPlan(now, plan);
  }
}

/** The core of each vCPU that wants at least so much, by the number of its first thread. */
export function coresOfBusy({ topology, vcpus }: HostLoad, leastPct = 20): readonly number[] {
  return vcpus
    .filter(({ reading }) => reading.kind === 'measured' && reading.usagePct >= leastPct)
    .map((vcpu) => topology[pcpuOf(vcpu)]?.siblings[0] ?? -1);
}

export function pcpuOf({ placement }: VcpuLoad): number {
  return placement.affinity.length === 1 ? (placement.affinity[0] ?? -1) : placement.lastPcpu;
}
