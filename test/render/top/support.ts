import type { CycleReport } from '../../../src/model/cycle-report.ts';
import type { VcpuLoad } from '../../../src/model/host-load.ts';
import type { PastMove } from '../../../src/model/past-move.ts';
import type { Move } from '../../../src/model/plan.ts';
import type { Pcpu } from '../../../src/model/topology.ts';
import { type Balancer, type TopModel, topModel } from '../../../src/render/top/top-model.ts';
import { hostLoadOf, loadOf, planOf } from '../../support/plans.ts';
import { guestUuid } from '../../support/sim-host.ts';

/** Noon, where the tests run. */
export const noonMs = new Date(2026, 0, 2, 12, 0, 0).getTime();

export type Seen = {
  readonly pcpus?: number;
  readonly topology?: readonly Pcpu[];
  readonly background?: ReadonlyMap<number, number>;
  readonly moves?: readonly Move[];
  readonly past?: readonly PastMove[];
  readonly balancer?: Balancer;
};

/** What a cycle that ended at noon has seen. */
export function modelOf(
  vcpus: readonly VcpuLoad[],
  { pcpus = 4, topology = [], background = new Map(), moves = [], past = [], balancer }: Seen = {},
): TopModel {
  const names = new Map(vcpus.map(({ domain }) => [domain.uuid, domain]));
  const report: CycleReport = {
    cycle: 1,
    paused: undefined,
    snapshot: {
      takenAtMs: 3000,
      online: Array.from({ length: pcpus }, (_, id) => id),
      isolated: [],
      topology,
      pcpuTimes: new Map(),
      capacity: new Map(),
      domains: [...names.values()].map((domain) => ({ ...domain, id: 1, bounds: {}, vcpus: [] }) as never),
      leftAlone: [],
    },
    windowMs: 2000,
    measured: {
      load: { ...hostLoadOf(...vcpus), topology, background },
      leftAlone: [],
      coverage: { measured: vcpus.length, running: vcpus.length, reason: undefined },
    },
    decidedAtMs: noonMs,
    plan: planOf(moves),
    verdict: moves.length === 0 ? 'nothing-to-gain' : 'planned',
    applied: [],
    rateLimited: [],
    unsaved: undefined,
    tookMs: { sample: 1, measure: 1, plan: 1, pin: 0 },
    virshProcesses: 1,
  };
  return topModel(report, past, balancer, () => true);
}

/** A vCPU on a pCPU that runs and waits so long; guest-7 has the UUID of 7. */
export function vcpuOn(
  pcpu: number,
  guest: number,
  [usagePct, delayPct]: readonly [number, number] = [20, 30],
  over: Partial<VcpuLoad> = {},
): VcpuLoad {
  return loadOf(`guest-${guest}`, {
    domain: { uuid: guestUuid(guest), name: `guest-${guest}` },
    placement: { affinity: [pcpu], lastPcpu: pcpu },
    reading: { kind: 'measured', usagePct, delayPct },
    ...over,
  });
}

/** Cells of L3s of cores of two threads; the second threads are numbered after all first ones. */
export function topologyOf(cells: number, l3s: number, cores: number): readonly Pcpu[] {
  const all = cells * l3s * cores;
  return Array.from({ length: 2 * all }, (_, id) => {
    const core = id % all;
    const l3Id = Math.floor(core / cores);
    const cellId = Math.floor(l3Id / l3s);
    return { id, cellId, socketId: cellId, dieId: 0, coreId: core, siblings: [core, core + all], l3Id };
  });
}
