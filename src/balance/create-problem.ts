import type { Estimates } from '../demand/estimate.ts';
import { ascending } from '../model/ascending.ts';
import type { CpuGroup } from '../model/cpu-groups.ts';
import type { CpuSet } from '../model/cpu-set.ts';
import { cpuSetViews, isWithin } from '../model/cpu-set-views.ts';
import type { HostLoad, VcpuLoad } from '../model/host-load.ts';
import { memoized } from '../model/memoized.ts';
import { letFloat } from './floating.ts';
import { alone, domainsOf, floating, type Level, misplaced, NOWHERE, type Problem } from './problem.ts';
import { tuning } from './tuning.ts';

/** @param vcpus in order, as the estimates are */
export function createProblem(
  host: HostLoad,
  groups: readonly CpuGroup[],
  vcpus: readonly VcpuLoad[],
  { openLoopPct, closedLoopPct, stdErrorPct }: Estimates,
  levels: readonly Level[] = [],
): Problem {
  const groupOf = new Int32Array((host.pcpus.at(-1) ?? NOWHERE) + 1).fill(NOWHERE);
  for (const [group, { cpus }] of groups.entries()) for (const cpu of cpus) groupOf[cpu] = group;
  const viewOf = cpuSetViews(groups.length, groupOf);
  const [m, n] = [groups.length, vcpus.length];
  const problem = {
    groups,
    vcpus,
    capacity: new Float64Array(m),
    background: new Float64Array(m),
    carried: new Float64Array(m),
    floatingLoad: new Float64Array(m),
    threads: groups.map(({ siblings }) => siblings.flatMap((cpu) => groupOf[cpu] ?? [])),
    share: new Float64Array(m),
    demand: openLoopPct,
    closed: closedLoopPct,
    stdError: stdErrorPct,
    origin: new Int32Array(n),
    movable: new Uint8Array(n),
    unplaced: new Uint8Array(n),
    pinWeight: new Float64Array(n),
    domain: domainsOf(vcpus),
    allowedGroups: new Array<Uint8Array>(n),
    runGroups: new Array<Uint8Array | undefined>(n),
    firstGroups: new Array<Uint8Array | undefined>(n),
    heldReasons: new Array<string | undefined>(n),
    crossingReasons: [],
    levels,
    byDemand: ascending(openLoopPct),
  };
  const { capacity, background, carried, floatingLoad, share } = problem;
  const held: number[] = [];
  for (let v = 0; v < n; v++) {
    const vcpu = vcpus[v] as VcpuLoad;
    const { affinity, lastPcpu } = vcpu.placement;
    const allowed = viewOf(vcpu.allowed);
    const first = affinity[0] ?? NOWHERE;
    const isSingle = affinity.length === 1;
    const only = isSingle ? (groupOf[first] ?? NOWHERE) : viewOf(affinity).only;
    const isAllowed = isSingle ? allowed.has[first] === 1 : isWithin(viewOf(affinity), allowed);
    const reason = reasonToHold(vcpu);
    // One that is pinned to a group and halts may have last run elsewhere.
    problem.origin[v] = only === NOWHERE ? (groupOf[lastPcpu] ?? NOWHERE) : only;
    problem.movable[v] = reason === undefined ? alone : 0;
    if (reason === undefined && !isAllowed) problem.unplaced[v] = misplaced;
    else if (reason === undefined && only === NOWHERE) problem.unplaced[v] = floating;
    problem.pinWeight[v] = Math.max(0, 1 + vcpu.priority);
    problem.allowedGroups[v] = allowed.mask;
    problem.heldReasons[v] = reason;
    if (only !== NOWHERE || isSingle) continue;
    problem.runGroups[v] = viewOf(affinity).mask;
    if (reason !== undefined) held.push(v);
  }
  const fixed = (cpu: number) => (host.background.get(cpu) ?? 0) - (host.floating.get(cpu) ?? 0);
  const room = host.pcpus.reduce((sum, cpu) => sum + 100 - fixed(cpu), 0);
  // What floats is divided by what each pCPU has left.
  const each = room === 0 ? 0 : [...host.floating.values()].reduce((sum, pct) => sum + pct, 0) / room;
  for (let group = 0; group < m; group++) {
    for (const cpu of groups[group]?.cpus ?? []) {
      const speed = host.capacity.get(cpu) ?? 1;
      const points = speed * each * (100 - fixed(cpu));
      capacity[group] = (capacity[group] as number) + speed;
      floatingLoad[group] = (floatingLoad[group] as number) + points;
      background[group] = (background[group] as number) + speed * fixed(cpu) + points;
    }
    const others = problem.threads[group]?.length ?? 0;
    share[group] = (capacity[group] as number) / (1 + tuning.siblingWeight * others);
  }
  carried.set(background);
  const isOutside = new Set(host.topology.map(({ id }) => id));
  for (const cpu of host.pcpus) isOutside.delete(cpu);
  const countOutside = memoized((affinity: CpuSet) => affinity.filter((cpu) => isOutside.has(cpu)).length);
  letFloat(problem, held, (v) => countOutside(vcpus[v]?.placement.affinity ?? []));
  return problem;
}

function reasonToHold({ fixed, allowed, reading }: VcpuLoad): string | undefined {
  if (fixed !== undefined) return fixed;
  if (allowed.length === 0) return 'there is no pCPU that it may use';
  return reading.kind === 'measured' ? undefined : reading.reason;
}
