import { formatCpuSet } from '../model/cpu-set.ts';
import type { ExplainedDomain, ExplainedVcpu } from '../model/explained.ts';
import { moveFields, ref, round, vcpuFields } from './envelope.ts';

/** What explain says of each domain that somebody asks about. */
export function explainFields(domains: readonly ExplainedDomain[]) {
  return domains.map(({ domain, vcpus, unknown }) => ({
    domain: ref(domain),
    vcpus: vcpus.map(explainedVcpu),
    unknown: unknown.map(({ vcpu, reason }) => ({ vcpu: vcpu ?? null, reason })),
  }));
}

function explainedVcpu({ load, carried, moves, maxRate, cooldown, decision }: ExplainedVcpu) {
  return {
    ...vcpuFields(load),
    priority: load.priority,
    pcpuLoadPct: round(carried.loadPct),
    pcpuBackgroundPct: round(carried.backgroundPct),
    moves: moves.map(({ atMs, from, to }) => ({
      time: new Date(atMs).toISOString(),
      from: formatCpuSet(from),
      to: formatCpuSet(to),
    })),
    maxRate,
    cooldown: { seconds: cooldown.seconds, by: cooldown.by, leftSeconds: Math.ceil(cooldown.leftMs / 1000) },
    decision: decision.kind === 'stays' ? decision : moveFields(decision),
  };
}
