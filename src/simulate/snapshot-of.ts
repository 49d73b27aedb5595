import type { CpuSet } from '../model/cpu-set.ts';
import type { Domain, Vcpu } from '../model/domain.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { boundsOf } from './bounds-of.ts';
import { affinityOf, type Host, type SimDomain, type SimVcpu } from './host.ts';

/** What one look at the host shows, as virsh would tell it: the balancer's input without the text between. */
export function snapshotOf(host: Host): Snapshot {
  const byUuid = [...host.domains].sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  return {
    takenAtMs: host.nowNs / 1e6,
    online: host.online,
    isolated: [],
    topology: host.topology,
    pcpuTimes: new Map(),
    capacity: new Map(),
    domains: byUuid.filter(({ state }) => state === 'running').map((domain) => domainOf(domain, host)),
    leftAlone: byUuid
      .filter(({ state }) => state === 'paused')
      .map(({ uuid, name }) => ({ domain: { uuid, name }, vcpu: undefined, reason: 'paused' })),
  };
}

/** Time as libvirt shows it: from ticks of 10 ms. */
export function shownTimeNs(vcpu: SimVcpu): number {
  return Math.floor(vcpu.runNs / 1e7) * 1e7;
}

/** Delay as libvirt shows it: whole nanoseconds. */
export function shownDelayNs(vcpu: SimVcpu): number {
  return Math.floor(vcpu.delayNs);
}

function domainOf(domain: SimDomain, { online }: Host): Domain {
  const { uuid, name, id, vcpus } = domain;
  const plugged = vcpus.filter((vcpu) => vcpu.online);
  return {
    uuid,
    name,
    id,
    bounds: boundsOf(domain),
    vcpus: plugged.map((vcpu) => vcpuOf(vcpu, domain, online)),
  };
}

function vcpuOf(vcpu: SimVcpu, domain: SimDomain, online: CpuSet): Vcpu {
  return {
    number: vcpu.number,
    counters: { cpuTimeNs: BigInt(shownTimeNs(vcpu)), delayNs: BigInt(shownDelayNs(vcpu)) },
    placement: { affinity: affinityOf(vcpu, domain, online), lastPcpu: vcpu.pcpu },
    problem: undefined,
  };
}
