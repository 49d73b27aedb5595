import { Counter, Gauge, type Registry } from 'prom-client';
import type { CycleReport } from '../model/cycle-report.ts';
import { demandPct } from '../model/host-load.ts';

/** Declares the series of single vCPUs, of which a large host has thousands; what is returned fills them. */
export function vcpuMetrics(registry: Registry): (report: CycleReport) => void {
  const common = { labelNames: ['domain', 'uuid', 'vcpu'] as const, registers: [registry] };
  const usage = new Counter({
    name: 'vcpusched_vcpu_usage_seconds_total',
    help: 'What a vCPU has run since its domain started, as libvirt counts it.',
    ...common,
  });
  const delay = new Counter({
    name: 'vcpusched_vcpu_delay_seconds_total',
    help: 'Ready time of a vCPU since its domain started, as libvirt counts it.',
    ...common,
  });
  const demand = new Gauge({
    name: 'vcpusched_vcpu_demand_ratio',
    help: 'What a vCPU demands, as a share of the time of one pCPU.',
    ...common,
  });
  return ({ snapshot, measured }) => {
    for (const each of [usage, delay, demand]) each.reset();
    for (const { name, uuid, vcpus } of snapshot.domains) {
      for (const { number, counters } of vcpus) {
        if (counters === undefined) continue;
        const labels = { domain: name, uuid, vcpu: String(number) };
        usage.inc(labels, seconds(counters.cpuTimeNs));
        if (counters.delayNs !== undefined) delay.inc(labels, seconds(counters.delayNs));
      }
    }
    for (const { domain, vcpu, reading } of measured.load.vcpus) {
      if (reading.kind !== 'measured') continue;
      const labels = { domain: domain.name, uuid: domain.uuid, vcpu: String(vcpu) };
      demand.set(labels, demandPct(reading) / 100);
    }
  };
}

function seconds(ns: bigint): number {
  return Number(ns) / 1e9;
}
