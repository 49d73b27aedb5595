import type { Coverage } from '../model/coverage.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { DomainRef } from '../model/domain.ts';
import { demandPct, type Reading, type VcpuLoad, whereItCounts } from '../model/host-load.ts';
import { limitsText } from '../model/limit.ts';
import { loadByPcpu } from '../model/pcpu-load.ts';
import type { Pin } from '../model/pin.ts';
import type { LeftAlone, Move, Plan, Verdict } from '../model/plan.ts';
import { pauseFields } from './pause-text.ts';
import { safeJson } from './safe-text.ts';

/**
 * The JSON of a command, under the head that all have; the manual describes it. Fields are only ever added to it. On one
 * line where it is one of many.
 */
export function jsonText(command: string, time: Date, fields: object): string {
  const envelope = { formatVersion: 1, command, time: time.toISOString(), ...fields };
  return `${safeJson(envelope, ['watch', 'top'].includes(command) ? undefined : 2)}\n`;
}

/** What `status`, `plan`, `once`, `watch` and `top` print as JSON, besides the head. */
export type StatusFields = ReturnType<typeof hostFields> & {
  readonly leftAlone: ReturnType<typeof leftAloneFields>;
};
export type PlanFields = ReturnType<typeof hostFields> & ReturnType<typeof planFields>;
export type CycleFields = ReturnType<typeof hostFields> & ReturnType<typeof appliedFields>;

/**
 * The measured host: windowMs, delayAvailable, coverage, pcpus (topology), vcpus (figures in per cent of a pCPU), and
 * what emulator and I/O threads burn.
 */
export function hostFields({
  measured: { load, coverage },
  snapshot: { topology },
  windowMs,
  paused,
}: {
  readonly measured: Pick<CycleReport['measured'], 'load' | 'coverage'>;
  readonly paused?: CycleReport['paused'];
  readonly snapshot: Pick<CycleReport['snapshot'], 'topology'>;
  readonly windowMs: number;
}) {
  const measured = load.vcpus.flatMap(({ reading }) => (reading.kind === 'measured' ? [reading] : []));
  const places = new Map(topology.map((pcpu) => [pcpu.id, pcpu]));
  const carried = loadByPcpu(load);
  return {
    windowMs: round(windowMs),
    paused: pauseFields(paused),
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
export function vcpuFields(each: VcpuLoad) {
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

export function coverageFields({ measured, running, reason }: Coverage) {
  return { measured, running, reason: reason ?? null };
}

function readingFields(reading: Reading): ReadingFields {
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

type ReadingFields = {
  readonly reason?: string;
  readonly usagePct?: number;
  readonly delayPct?: number | null;
  readonly demandPct?: number;
  readonly capPct?: number | null;
  readonly throttledPct?: number | null;
  readonly polledPct?: number | null;
};

/** The plan: summary, verdict, moves, loads before and after, what was left alone. */
export function planFields(plan: Plan) {
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

/** The same, and what became of each of its moves. */
export function appliedFields({ plan, applied }: Pick<CycleReport, 'plan' | 'applied'>) {
  const results = new Map(applied.map(({ move, error }) => [move, error]));
  return {
    ...planFields(plan),
    moves: plan.moves.map((move) => ({
      ...moveFields(move),
      done: results.has(move) && results.get(move) === undefined,
      error: results.get(move) ?? null,
    })),
  };
}

/** What was decided, on the whole and on each part of the host, with the figures of the test that it passed or failed. */
export function verdictFields({ kind, components }: Verdict) {
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

export function pinFields({ domain, vcpu, from, to }: Pin) {
  return { domain: ref(domain), vcpu, from: formatCpuSet(from), to: formatCpuSet(to) };
}

export function moveFields(move: Move) {
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

export function leftAloneFields(leftAlone: readonly LeftAlone[]) {
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
