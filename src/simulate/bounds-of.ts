import type { Bounds } from '../model/bounds.ts';
import { parseCpuList } from '../model/cpu-set.ts';
import { type Bandwidth, grantedTo, type Host, type SimDomain } from './host.ts';

/** What binds a modelled domain, as one would read it from the XML that virsh-sim prints of it. */
export function boundsOf(domain: SimDomain, host: Pick<Host, 'partitions' | 'online'>): Bounds {
  const { transient, cpuset, numatune, metadata = {}, vcpus, quota, realtime, emulatorpin, job } = domain;
  const configured = vcpus.flatMap(({ number, configured: cpus }) =>
    cpus === undefined || transient ? [] : [{ vcpu: number, cpus }],
  );
  // What a policy under trial has pinned is no limit to it, as vcpusched's own pins are none on a host.
  const live = vcpus.flatMap(({ number, pinned: cpus, isSteered }) =>
    cpus === undefined || isSteered === true ? [] : [{ vcpu: number, cpus }],
  );
  const emulator = emulatorpin === undefined ? [] : [emulatorpin];
  if (domain.bounds !== undefined) return { ...domain.bounds, live: { cpuset, pins: live, emulator } };
  const { cpus, priority, managed } = metadata;
  return {
    cpuset,
    pins: configured,
    memoryCells: numatune !== undefined && isBinding(numatune.mode) ? numatune.cells : undefined,
    memnodes: (domain.memnodes ?? []).filter(({ mode }) => isBinding(mode)),
    live: { cpuset, pins: live, emulator },
    partition: domain.partition,
    quota: { vcpuPct: inPct(quota?.vcpu), domainPct: inPct(quota?.global) },
    realtime: realtime?.map(({ vcpus: own, scheduler }) => ({ vcpus: own, scheduler })) ?? [],
    emulator,
    guestThreads: domain.guestThreads ?? 1,
    deviceCells: [...new Set(domain.devices?.map(({ cell }) => cell))],
    granted: host.partitions === undefined ? undefined : grantedTo(domain, host),
    word: {
      cpus: cpus === undefined ? undefined : { set: parseCpuList(cpus), by: 'its metadata' },
      priority: priority === undefined ? undefined : Number(priority),
    },
    ...(managed === 'no' && { unmanaged: true }),
    leave:
      managed === 'no'
        ? "its metadata says managed='no'"
        : job && `libvirt is busy with it (${job.operation})`,
  };
}

function isBinding(mode: string): boolean {
  return mode === 'strict' || mode === 'restrictive';
}

function inPct(bandwidth: Bandwidth | undefined): number | undefined {
  return bandwidth && (bandwidth.quotaUs / bandwidth.periodUs) * 100;
}
