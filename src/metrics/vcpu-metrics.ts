import type { Registry } from 'prom-client';
import { demandPct } from '../model/host-load.ts';
import { declareIn, forget } from './declare.ts';
import type { HostMetrics } from './host-metrics.ts';

/** Declares the series of single vCPUs, of which a large host has thousands. */
export function vcpuMetrics(registry: Registry): HostMetrics {
  const { gauge, counter } = declareIn(registry);
  const labelNames = ['domain', 'uuid', 'vcpu'] as const;
  const usage = counter(
    'vcpu_usage_seconds_total',
    'What a vCPU has run since its domain started, as libvirt counts it.',
    labelNames,
  );
  const delay = counter(
    'vcpu_delay_seconds_total',
    'Ready time of a vCPU since its domain started, as libvirt counts it.',
    labelNames,
  );
  const demand = gauge(
    'vcpu_demand_ratio',
    'What a vCPU demands, as a share of the time of one pCPU.',
    labelNames,
  );
  const clear = () => {
    for (const metric of [usage, delay, demand]) forget(metric);
  };
  return {
    show: ({ snapshot, measured }) => {
      clear();
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
    },
    forget: clear,
  };
}

function seconds(ns: bigint): number {
  return Number(ns) / 1e9;
}
