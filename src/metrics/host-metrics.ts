import type { Registry } from 'prom-client';
import { isTooLittle } from '../model/coverage.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { VcpuLoad } from '../model/host-load.ts';
import { byRefusal } from '../model/limit.ts';
import { loadByPcpu } from '../model/pcpu-load.ts';
import { leftAloneKinds, type PlannedLoad } from '../model/plan.ts';
import { declareIn, forget } from './declare.ts';

/** What fills the metrics of a host, and of its vCPUs if they are asked for. */
export type HostMetrics = {
  readonly show: (report: CycleReport) => void;
  /** Nothing is known of the host for now: its gauges have no samples. */
  readonly forget: () => void;
};

/** Declares the metrics of what was measured and planned in the last cycle. */
export function hostMetrics(registry: Registry): HostMetrics {
  const { gauge, counter, histogram } = declareIn(registry);
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
  const ofPcpus = [guest, host, capacity];
  const ofHost = [paused, domains, running, measured, refused, leftAlone, before, after, best];

  function counts(report: CycleReport): void {
    const {
      snapshot,
      plan,
      measured: { coverage, load },
    } = report;
    paused.set(report.paused === undefined ? 0 : 1);
    domains.set(snapshot.domains.length);
    running.set(coverage.running);
    measured.set(coverage.measured);
    refused.set(load.vcpus.filter(isRefused).length);
    for (const kind of leftAloneKinds) {
      const uuids = plan.leftAlone.filter((each) => each.kind === kind).map(({ domain }) => domain.uuid);
      leftAlone.set({ reason: kind }, new Set(uuids).size);
    }
  }

  function loads({ measured: { load }, snapshot }: CycleReport): void {
    for (const metric of ofPcpus) forget(metric);
    for (const [pcpu, { guestPct, backgroundPct, vcpus }] of loadByPcpu(load)) {
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
      if (isTooLittle(coverage) || pcpus.length === 0) forget(metric);
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
    show: (report) => {
      counts(report);
      loads(report);
      imbalance(report);
      readings(report);
    },
    forget: () => {
      for (const metric of [...ofHost, ...ofPcpus]) forget(metric);
    },
  };
}

function isRefused({ limits }: VcpuLoad): boolean {
  return limits.some(({ by }) => by === byRefusal);
}

/** The standard deviation, where each pCPU of a unit has the load of the unit. */
function deviationPct(loads: readonly PlannedLoad[]): number {
  const all = loads.flatMap(({ cpus, loadPct }) => cpus.map(() => loadPct));
  const mean = all.reduce((sum, pct) => sum + pct, 0) / all.length;
  return Math.sqrt(all.reduce((sum, pct) => sum + (pct - mean) ** 2, 0) / all.length);
}
