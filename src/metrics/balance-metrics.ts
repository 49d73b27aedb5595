import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { type ExitStatus, exitStatus, type VcpuschedError } from '../errors.ts';
import { isTooLittle } from '../model/coverage.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { VcpuLoad } from '../model/host-load.ts';
import { byRefusal } from '../model/limit.ts';
import { carriedByPcpu } from '../model/pcpu-load.ts';
import { leftAloneKinds, moveKinds, type PcpuLoad } from '../model/plan.ts';
import { isPermission } from '../virsh/failures.ts';
import { isGood } from './health.ts';
import { vcpuMetrics } from './vcpu-metrics.ts';

/** The metrics of one run of the program, and what fills them. */
export type BalanceMetrics = {
  readonly registry: Registry;
  /** @param endedAtMs wall clock, milliseconds since the epoch */
  readonly cycle: (report: CycleReport, endedAtMs: number) => void;
  readonly failed: (failure: VcpuschedError) => void;
  /** A virsh process has ended. */
  readonly virshEnded: (tookMs: number) => void;
};

type Facts = {
  readonly version: string;
  readonly nodeVersion: string;
  /** whether there are series for each vCPU */
  readonly perVcpu: boolean;
};

/**
 * Declares every metric. Ratios are shares of one pCPU's time, times are seconds. A gauge of what is not known has no
 * sample; a counter whose labels are known beforehand begins with 0, so that its first event shows as an increase.
 */
export function balanceMetrics({ version, nodeVersion, perVcpu }: Facts): BalanceMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) => {
    const made = new Gauge({ name: `vcpusched_${name}`, help, labelNames, registers });
    // prom-client gives one without labels the value 0.
    if (labelNames.length === 0) made.remove();
    return made;
  };
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `vcpusched_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `vcpusched_${name}`, help, buckets, registers });

  gauge('build_info', 'The version of vcpusched and of Node; always 1.', ['version', 'node_version']).set(
    { version, node_version: nodeVersion },
    1,
  );
  const lastSuccess = gauge(
    'last_success_timestamp_seconds',
    'When the last cycle that did not fail ended, in seconds since the epoch.',
  );
  const cycles = counter('cycles_total', 'Cycles by what became of them, and why.', ['result', 'reason']);
  const moves = counter('moves_total', 'Moves by what became of them, and their kind.', ['result', 'reason']);
  const parts = new Summary({
    name: 'vcpusched_cycle_duration_seconds',
    help: 'How long each part of the cycles took.',
    labelNames: ['part'],
    percentiles: [],
    registers,
  });
  const virsh = histogram(
    'virsh_duration_seconds',
    'How long virsh processes ran.',
    [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 40],
  );
  const paused = gauge('paused', '1 while a pause or a maintenance window lets nothing be pinned, else 0.');
  const domains = gauge('domains', 'Running domains.');
  const running = gauge('vcpus_running', 'Running vCPUs that nobody has excluded.');
  const measured = gauge('vcpus_measured', 'Those of them that could be measured in the last cycle.');
  const refused = gauge('vcpus_with_refused_pcpus', 'vCPUs to which libvirt has refused pCPUs.');
  const leftAlone = gauge('domains_left_alone', 'Domains left alone in the last cycle, by reason.', [
    'reason',
  ]);
  const guest = gauge('pcpu_guest_load_ratio', 'What the vCPUs on a pCPU demand, as a share of its time.', [
    'pcpu',
  ]);
  const host = gauge('pcpu_host_load_ratio', 'What a pCPU runs besides vCPUs, as a share of its time.', [
    'pcpu',
  ]);
  const capacity = gauge('pcpu_capacity_ratio', 'What a pCPU can do, as a share of the fastest one.', [
    'pcpu',
  ]);
  const before = gauge(
    'imbalance_before_ratio',
    'Standard deviation of the loads of the pCPUs, as the policy estimates them, before the plan of the last cycle.',
  );
  const after = gauge('imbalance_after_ratio', 'The same after that plan, if all its pins take.');
  const best = gauge(
    'imbalance_best_ratio',
    'The same after the best plan that the policy has found, carried out or not.',
  );
  const delay = histogram(
    'delay_ratio',
    'Ready time of each vCPU in each cycle, as a share of the window.',
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1],
  );
  const delaySeconds = counter('delay_seconds_total', 'Ready time of all vCPUs in the windows measured.');
  const usageSeconds = counter('usage_seconds_total', 'What all vCPUs ran in the windows measured.');
  const ofVcpus = perVcpu ? vcpuMetrics(registry) : undefined;

  for (const reason of Object.values(failureReasons)) cycles.inc({ result: 'failed', reason }, 0);
  for (const result of moveResults) for (const reason of moveKinds) moves.inc({ result, reason }, 0);

  function loads({ measured: { load }, snapshot }: CycleReport): void {
    for (const each of [guest, host, capacity]) each.reset();
    for (const [pcpu, { guestPct, backgroundPct, vcpus }] of carriedByPcpu(load)) {
      const labels = { pcpu: String(pcpu) };
      const isKnown = vcpus.length === 0 || vcpus.some(({ reading }) => reading.kind === 'measured');
      if (isKnown) guest.set(labels, guestPct / 100);
      if (snapshot.pcpuTimes.has(pcpu)) host.set(labels, backgroundPct / 100);
      capacity.set(labels, load.capacity.get(pcpu) ?? 1);
    }
  }

  function imbalance({ plan, measured: { coverage } }: CycleReport): void {
    for (const [metric, pcpus] of [
      [before, plan.before],
      [after, plan.after],
      [best, plan.best],
    ] as const) {
      if (isTooLittle(coverage) || pcpus.length === 0) metric.remove();
      else metric.set(deviationPct(pcpus) / 100);
    }
  }

  function readings({ measured: { load }, windowMs }: CycleReport): void {
    for (const { reading } of load.vcpus) {
      if (reading.kind !== 'measured') continue;
      usageSeconds.inc((reading.usagePct / 100) * (windowMs / 1000));
      if (reading.delayPct === undefined) continue;
      delay.observe(reading.delayPct / 100);
      delaySeconds.inc((reading.delayPct / 100) * (windowMs / 1000));
    }
  }

  return {
    registry,
    cycle: (report, endedAtMs) => {
      const { plan, verdict, tookMs, snapshot } = report;
      cycles.inc({ result: verdict, reason: plan.verdict.kind });
      for (const { result, reason } of movesOf(report)) moves.inc({ result, reason });
      for (const [part, ms] of Object.entries(tookMs)) parts.observe({ part }, ms / 1000);
      if (isGood(report)) lastSuccess.set(endedAtMs / 1000);
      paused.set(report.paused === undefined ? 0 : 1);
      domains.set(snapshot.domains.length);
      running.set(report.measured.coverage.running);
      measured.set(report.measured.coverage.measured);
      refused.set(report.measured.load.vcpus.filter(isRefused).length);
      for (const kind of leftAloneKinds) {
        const uuids = plan.leftAlone.filter((each) => each.kind === kind).map(({ domain }) => domain.uuid);
        leftAlone.set({ reason: kind }, new Set(uuids).size);
      }
      loads(report);
      imbalance(report);
      readings(report);
      ofVcpus?.(report);
    },
    failed: ({ status }) => {
      cycles.inc({ result: 'failed', reason: failureReasons[status] ?? 'failed' });
    },
    virshEnded: (tookMs) => virsh.observe(tookMs / 1000),
  };
}

/** Of a cycle that could not be carried out. */
const failureReasons: { readonly [Status in ExitStatus]?: string } = {
  [exitStatus.failed]: 'failed',
  [exitStatus.unavailable]: 'unavailable',
  [exitStatus.notPermitted]: 'not-permitted',
};

/**
 * - `pinned`: the host shows the new affinity
 * - `failed`, `not-permitted`: it does not
 * - `unanswered`: libvirt may still carry it out
 * - `planned`: a run that pins nothing, or is paused, would have tried it
 */
const moveResults = ['pinned', 'failed', 'not-permitted', 'unanswered', 'planned'] as const;
type MoveResult = (typeof moveResults)[number];

function movesOf({ verdict, plan, applied }: CycleReport): readonly { result: MoveResult; reason: string }[] {
  if (verdict === 'planned' || verdict === 'paused')
    return plan.moves.map(({ kind }) => ({ result: 'planned', reason: kind }));
  return applied.map(({ move, error, isWaiting }) => ({
    result:
      error === undefined
        ? 'pinned'
        : isWaiting === true
          ? 'unanswered'
          : isPermission(error)
            ? 'not-permitted'
            : 'failed',
    reason: move.kind,
  }));
}

function isRefused({ limits }: VcpuLoad): boolean {
  return limits.some(({ by }) => by === byRefusal);
}

/** The standard deviation, where each pCPU of a unit has the load of the unit. */
function deviationPct(loads: readonly PcpuLoad[]): number {
  const all = loads.flatMap(({ cpus, loadPct }) => cpus.map(() => loadPct));
  const mean = all.reduce((sum, pct) => sum + pct, 0) / all.length;
  return Math.sqrt(all.reduce((sum, pct) => sum + (pct - mean) ** 2, 0) / all.length);
}
