import type { Domain, Vcpu } from '../model/domain.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { affinityOf, type Host, type SimDomain, type SimVcpu } from './host.ts';

/** What one look at the host shows, as virsh would tell it: the balancer's input without the text between. */
export function snapshotOf(host: Host): Snapshot {
  const byUuid = [...host.domains].sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  return {
    takenAtMs: host.nowNs / 1e6,
    online: host.online,
    topology: host.topology,
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

function domainOf({ uuid, name, id, vcpus }: SimDomain, host: Host): Domain {
  return { uuid, name, id, vcpus: vcpus.filter((vcpu) => vcpu.online).map((vcpu) => vcpuOf(vcpu, host)) };
}

function vcpuOf(vcpu: SimVcpu, { online }: Host): Vcpu {
  return {
    number: vcpu.number,
    counters: { cpuTimeNs: BigInt(shownTimeNs(vcpu)), delayNs: BigInt(shownDelayNs(vcpu)) },
    placement: { affinity: affinityOf(vcpu, online), lastPcpu: vcpu.pcpu },
    problem: undefined,
  };
}
