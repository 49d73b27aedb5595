import type { CycleReport } from '../../src/model/cycle-report.ts';
import type { HostLoad, VcpuLoad } from '../../src/model/host-load.ts';
import type { Move, Plan } from '../../src/model/plan.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { loadOf, planOf } from '../support/plans.ts';

/** A cycle of two seconds on a host with two pCPUs. */
export function reportOf(
  vcpus: readonly VcpuLoad[] = [loadOf('web')],
  {
    plan = {},
    load = {},
    snapshot = {},
    ...over
  }: Partial<Omit<CycleReport, 'plan' | 'snapshot'>> & {
    readonly plan?: Partial<Plan>;
    readonly load?: Partial<HostLoad>;
    readonly snapshot?: Partial<Snapshot>;
  } = {},
): CycleReport {
  const measured = vcpus.filter(({ reading }) => reading.kind === 'measured').length;
  return {
    cycle: 1,
    windowMs: 2000,
    snapshot: {
      takenAtMs: 2000,
      online: [0, 1],
      isolated: [],
      topology: [],
      pcpuTimes: new Map(),
      capacity: new Map(),
      domains: [],
      leftAlone: [],
      ...snapshot,
    },
    measured: {
      load: {
        pcpus: [0, 1],
        topology: [],
        background: new Map(),
        floating: new Map(),
        capacity: new Map(),
        overheads: [],
        vcpus,
        ...load,
      },
      leftAlone: [],
      coverage: { measured, running: vcpus.length, reason: undefined },
    },
    decidedAtMs: 0,
    paused: undefined,
    plan: planOf([], plan),
    verdict: 'nothing-to-gain',
    applied: [],
    rateLimited: [],
    unsaved: undefined,
    tookMs: { sample: 30, measure: 1, plan: 2, pin: 40 },
    virshProcesses: 1,
    ...over,
  };
}

export function done(move: Move): CycleReport['applied'][number] {
  return { move, error: undefined, shown: move.to };
}
