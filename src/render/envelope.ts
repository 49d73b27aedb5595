import { carriedByPcpu } from '../model/carried.ts';
import type { Coverage } from '../model/coverage.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { DomainRef } from '../model/domain.ts';
import { limitsText } from '../model/limit.ts';
import { demandPct, type HostLoad, type Reading, type VcpuLoad, whereItCounts } from '../model/load.ts';
import type { Pin } from '../model/pin.ts';
import type { LeftAlone, Move, Plan, Verdict } from '../model/plan.ts';
import type { Topology } from '../model/topology.ts';

/** What every command with --json prints; the manual describes it. Fields are only ever added to it. */
export type Envelope = {
  readonly formatVersion: 1;
  readonly command: string;
  /** ISO 8601, UTC */
  readonly time: string;
  readonly [field: string]: unknown;
};

/**
 * The measured host: windowMs, delayAvailable, coverage, pcpus (topology), vcpus (figures in per cent of a pCPU), and
 * what emulator and I/O threads burn.
 */
export function hostFields(
  load: HostLoad,
  coverage: Coverage,
  topology: Topology,
  windowMs: number,
): Readonly<Record<string, unknown>> {
  const measured = load.vcpus.flatMap(({ reading }) => (reading.kind === 'measured' ? [reading] : []));
  const places = new Map(topology.map((pcpu) => [pcpu.id, pcpu]));
  const carried = carriedByPcpu(load);
  return {
    windowMs: round(windowMs),
    delayAvailable: measured.some((reading) => reading.delayPct !== undefined),
    coverage: coverageFields(coverage),
    pcpus: load.pcpus.map((id) => {
      const place = places.get(id);
      const { loadPct = 0, guestPct = 0, backgroundPct = 0, vcpus = [] } = carried.get(id) ?? {};
      return {
        pcpu: id,
        cell: place?.cellId,
        socket: place?.socketId,
        core: place?.coreId,
        loadPct: round(loadPct),
        guestPct: round(guestPct),
        backgroundPct: round(backgroundPct),
        vcpus: vcpus.length,
      };
    }),
    vcpus: load.vcpus.map(vcpuFields),
    overheads: load.overheads.map(({ domain, overheadPct }) => ({
      domain: ref(domain),
      overheadPct: round(overheadPct),
    })),
  };
}

/** A vCPU: where it is, where it may be and by whose word, and what was measured of it. */
export function vcpuFields(each: VcpuLoad): Readonly<Record<string, unknown>> {
  return {
    domain: ref(each.domain),
    vcpu: each.vcpu,
    pcpu: whereItCounts(each),
    affinity: formatCpuSet(each.placement.affinity),
    allowed: formatCpuSet(each.allowed),
    limits: limitsText(each.limits) ?? null,
    limitedBy: each.limits.map(({ set, by }) => ({ cpus: formatCpuSet(set), by })),
    lastPcpu: each.placement.lastPcpu,
    reading: each.reading.kind,
    ...readingFields(each.reading),
  };
}

export function coverageFields({ measured, running, reason }: Coverage): Readonly<Record<string, unknown>> {
  return { measured, running, reason: reason ?? null };
}

function readingFields(reading: Reading): Readonly<Record<string, unknown>> {
  if (reading.kind !== 'measured') return { reason: reading.reason };
  return {
    usagePct: round(reading.usagePct),
    delayPct: roundOrNull(reading.delayPct),
    demandPct: round(demandPct(reading)),
    capPct: roundOrNull(reading.capPct),
    throttledPct: roundOrNull(reading.throttledPct),
    polledPct: roundOrNull(reading.polledPct),
  };
}

/** The plan: summary, verdict, moves, loads before and after, what was left alone. */
export function planFields(plan: Plan): Readonly<Record<string, unknown>> {
  return {
    summary: plan.summary,
    verdict: verdictFields(plan.verdict),
    moves: plan.moves.map(moveFields),
    loads: plan.before.map(({ cpus, loadPct, backgroundPct, vcpus }, i) => ({
      pcpu: cpus[0],
      cpus: formatCpuSet(cpus),
      beforePct: round(loadPct),
      afterPct: round(plan.after[i]?.loadPct ?? loadPct),
      backgroundPct: round(backgroundPct),
      vcpusBefore: vcpus,
      vcpusAfter: plan.after[i]?.vcpus ?? vcpus,
    })),
    leftAlone: leftAloneFields(plan.leftAlone),
  };
}

/** What was decided, on the whole and on each part of the host, with the figures of the test that it passed or failed. */
export function verdictFields({ kind, components }: Verdict): Readonly<Record<string, unknown>> {
  return {
    kind,
    parts: components.map(({ proposal, ...part }) => ({
      kind: part.kind,
      text: part.text,
      cpus: formatCpuSet(part.cpus),
      leastPct: round(part.leastPct),
      mostPct: round(part.mostPct),
      meanPct: round(part.meanPct),
      bandPct: part.band === undefined ? null : [round(part.band.lowPct), round(part.band.highPct)],
      pins: proposal?.pins ?? null,
      gain: roundOrNull(proposal?.gain),
      cautiousGain: roundOrNull(proposal?.cautiousGain),
      noise: roundOrNull(proposal?.stdError),
      unevenPerPcpu: roundOrNull(proposal?.unevenPerPcpu),
      price: roundOrNull(proposal?.price),
      waitedCycles: part.waited?.cycles ?? null,
      waitsCycles: part.waited?.of ?? null,
    })),
  };
}

export function pinFields({ domain, vcpu, from, to }: Pin): Readonly<Record<string, unknown>> {
  return { domain: ref(domain), vcpu, from: formatCpuSet(from), to: formatCpuSet(to) };
}

export function moveFields(move: Move): Readonly<Record<string, unknown>> {
  return {
    domain: ref(move.domain),
    vcpu: move.vcpu,
    kind: move.kind,
    from: formatCpuSet(move.from),
    to: formatCpuSet(move.to),
    demandPct: round(move.demandPct),
    reason: move.reason,
  };
}

export function leftAloneFields(leftAlone: readonly LeftAlone[]): readonly unknown[] {
  return leftAlone.map(({ domain, vcpu, reason }) => ({ domain: ref(domain), vcpu: vcpu ?? null, reason }));
}

export function ref({ uuid, name }: DomainRef): DomainRef {
  return { uuid, name };
}

/** A tenth of a point or of a millisecond: what is finer is noise. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function roundOrNull(value: number | undefined): number | null {
  return value === undefined ? null : round(value);
}
