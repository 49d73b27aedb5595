import type { CpuSet } from '../model/cpu-set.ts';
import type { Domain, Vcpu } from '../model/domain.ts';
import type { PcpuTimes, Snapshot } from '../model/snapshot.ts';
import { boundsOf } from './bounds-of.ts';
import { affinityOf, grantedTo, type Host, type SimDomain, type SimPcpuTimes, type SimVcpu } from './host.ts';

/** What one look at the host shows, as virsh would tell it: the balancer's input without the text between. */
export function snapshotOf(host: Host): Snapshot {
  const byUuid = [...host.domains].sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  return {
    takenAtMs: host.nowNs / 1e6,
    online: host.online,
    isolated: [],
    topology: host.topology,
    pcpuTimes: pcpuTimesOf(host),
    capacity: new Map(host.capacity?.map(({ pcpu, share }) => [pcpu, share])),
    domains: byUuid.filter(({ state }) => state === 'running').map((domain) => domainOf(domain, host)),
    paused: byUuid.filter(({ state }) => state === 'paused').map((domain) => domainOf(domain, host)),
    leftAlone: byUuid
      .filter(({ state }) => state === 'paused')
      .map(({ uuid, name }) => ({ domain: { uuid, name }, vcpu: undefined, reason: 'paused' })),
  };
}

/** Time as libvirt shows it: from ticks of 10 ms. */
export function shownTimeNs({ runNs }: Pick<SimVcpu, 'runNs'>): number {
  return inTicks(runNs);
}

/** What all threads of a domain have run, as its cgroup tells it: whole microseconds. */
export function shownCpuTimeNs({ vcpus, otherNs = 0 }: SimDomain): number {
  const ranNs = vcpus.reduce((sum, { online, runNs }) => sum + (online ? runNs : 0), otherNs);
  return Math.floor(ranNs / 1000) * 1000;
}

export const tickNs = 1e7;

function inTicks(ns: number): number {
  return Math.floor(ns / tickNs) * tickNs;
}

/** Halt polling as QEMU tells it: whole nanoseconds. */
export function shownPolledNs({ polledNs = 0 }: SimVcpu): number {
  return Math.floor(polledNs);
}

/** QEMU cannot be asked for it while the domain has a job. */
export function tellsPolling({ pollingPct, job }: SimDomain): boolean {
  return pollingPct !== undefined && job === undefined;
}

/** Delay as libvirt shows it: whole nanoseconds. */
export function shownDelayNs(vcpu: SimVcpu): number {
  return Math.floor(vcpu.delayNs);
}

/** Of a pCPU, as the kernel counts: in ticks of 10 ms. */
export function shownTicks({ userNs, systemNs, idleNs }: Omit<SimPcpuTimes, 'pcpu'>) {
  return { userNs: inTicks(userNs), systemNs: inTicks(systemNs), idleNs: inTicks(idleNs) };
}

function pcpuTimesOf({ pcpuTimes = [], online }: Host): ReadonlyMap<number, PcpuTimes> {
  const isOnline = new Set(online);
  return new Map(
    pcpuTimes
      .filter(({ pcpu }) => isOnline.has(pcpu))
      .map((times) => {
        const { userNs, systemNs, idleNs } = shownTicks(times);
        return [
          times.pcpu,
          { busyNs: BigInt(userNs + systemNs), totalNs: BigInt(userNs + systemNs + idleNs) },
        ];
      }),
  );
}

function domainOf(domain: SimDomain, host: Host): Domain {
  const { uuid, name, id, vcpus } = domain;
  const plugged = vcpus.filter((vcpu) => vcpu.online);
  const granted = grantedTo(domain, host);
  return {
    uuid,
    name,
    id,
    bounds: boundsOf(domain, host),
    cpuTimeNs: BigInt(shownCpuTimeNs(domain)),
    vcpus: plugged.map((vcpu) => vcpuOf(vcpu, domain, granted)),
  };
}

function vcpuOf(vcpu: SimVcpu, domain: SimDomain, granted: CpuSet): Vcpu {
  return {
    number: vcpu.number,
    counters: {
      cpuTimeNs: BigInt(shownTimeNs(vcpu)),
      delayNs: BigInt(shownDelayNs(vcpu)),
      ...(tellsPolling(domain) && { polledNs: BigInt(shownPolledNs(vcpu)) }),
    },
    placement: { affinity: affinityOf(vcpu, domain, granted), lastPcpu: vcpu.pcpu },
    problem: undefined,
  };
}
