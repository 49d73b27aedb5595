import type { HostLoad, Reading, VcpuLoad } from '../../src/model/host-load.ts';
import type { Move, Plan } from '../../src/model/plan.ts';
import { guestUuid } from './sim-host.ts';

/** A move of vCPU 0 of domain `index` from pCPU 0 to `to`. */
export function moveOf(index: number, name: string, to: readonly number[], over: Partial<Move> = {}): Move {
  const domain = { uuid: guestUuid(index), name };
  return {
    domain,
    vcpu: 0,
    kind: 'move',
    from: [0],
    to,
    demandPct: 45.6,
    reason: 'to make it even',
    ...over,
  };
}

/** A plan for two pCPUs, on which these moves are all there is to tell. */
export function planOf(moves: readonly Move[], over: Partial<Plan> = {}): Plan {
  return {
    moves,
    summary: 'the loads go from 0-120 % to 60-60 %',
    verdict: { kind: moves.length === 0 ? 'balanced' : 'moves', components: [] },
    isCertain: true,
    before: [
      { cpus: [0], loadPct: 120, backgroundPct: 0, vcpus: 3 },
      { cpus: [1], loadPct: 0, backgroundPct: 0, vcpus: 0 },
    ],
    after: [
      { cpus: [0], loadPct: 60, backgroundPct: 0, vcpus: 1 },
      { cpus: [1], loadPct: 60.4, backgroundPct: 0, vcpus: 2 },
    ],
    best: [],
    leftAlone: [],
    ...over,
  };
}

/** One vCPU on pCPU 0 that used 20 % and waited 30 %. */
export function loadOf(name: string, over: Partial<VcpuLoad> = {}): VcpuLoad {
  const reading: Reading = { kind: 'measured', usagePct: 20.04, delayPct: 30 };
  const placement = { affinity: [0], lastPcpu: 0 };
  return {
    domain: { uuid: guestUuid(1), name },
    vcpu: 0,
    placement,
    limits: [],
    allowed: [0, 1],
    reading,
    fixed: undefined,
    priority: 0,
    guestCore: undefined,
    deviceCells: [],
    ...over,
  };
}

export function hostLoadOf(...vcpus: readonly VcpuLoad[]): HostLoad {
  return {
    pcpus: [0, 1],
    topology: [],
    background: new Map(),
    capacity: new Map(),
    floating: new Map(),
    overheads: [],
    vcpus,
  };
}
