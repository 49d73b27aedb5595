import { type CpuSet, cpuSet, without } from '../model/cpu-set.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { Demand } from './demand.ts';
import type { Attributes, Host, HostEvent, SimDomain, SimVcpu } from './host.ts';
import { closeMachine, openMachine } from './machine.ts';
import { placeAsKernel } from './place.ts';

/** Carries out what a scenario says is to happen. What does not apply (stopping what is off) changes nothing. */
export function applyEvent(host: Host, event: HostEvent): Host {
  switch (event.kind) {
    case 'start':
      return startDomain(host, event.uuid);
    case 'stop':
      return stopDomain(host, event.uuid);
    case 'restart':
      return startDomain(stopDomain(host, event.uuid), event.uuid);
    case 'suspend':
      return suspendDomain(host, event.uuid);
    case 'resume':
      return resumeDomain(host, event.uuid);
    case 'plug':
      return settle(changeVcpu(host, event, (vcpu) => ({ ...fresh(vcpu), online: true })));
    case 'unplug':
      return unplugVcpu(host, event.uuid, event.vcpu);
    case 'offline':
      return settle({ ...host, online: without(host.online, [event.pcpu]) });
    case 'online':
      return settle({ ...host, online: cpuSet([...host.online, event.pcpu]) });
    case 'background':
      return setBackground(host, event.pcpus, event.demand);
    case 'job':
      return startJob(host, event.uuid, event.operation);
    case 'end-job':
      return changeDomain(host, event.uuid, withoutJob);
  }
}

/** Starts a domain that is shut off: a new id, counters at 0, the pins of the persistent configuration. */
export function startDomain(host: Host, uuid: string): Host {
  const started = changeDomain(host, uuid, (domain) =>
    domain.state === 'shutoff'
      ? {
          ...domain,
          state: 'running',
          id: host.nextId,
          metadata: domain.configuredMetadata,
          ...(domain.otherNs !== undefined && { otherNs: 0 }),
          vcpus: domain.vcpus.map(fresh),
        }
      : domain,
  );
  return settle({ ...started, nextId: host.nextId + 1 });
}

/** Stops a domain; a transient one is gone then. */
export function stopDomain(host: Host, uuid: string): Host {
  const kept = host.domains.filter((domain) => domain.uuid !== uuid || !domain.transient);
  if (kept.length < host.domains.length) return { ...host, domains: kept };
  return changeDomain(host, uuid, (domain) => ({
    ...withoutJob(domain),
    state: 'shutoff',
    id: undefined,
  }));
}

export function suspendDomain(host: Host, uuid: string): Host {
  return changeDomain(host, uuid, (domain) =>
    domain.state === 'running' ? { ...domain, state: 'paused' } : domain,
  );
}

export function resumeDomain(host: Host, uuid: string): Host {
  return settle(
    changeDomain(host, uuid, (domain) =>
      domain.state === 'paused' ? { ...domain, state: 'running' } : domain,
    ),
  );
}

/** What the host itself runs on some pCPUs from now on, in place of what it ran there. */
export function setBackground(host: Host, pcpus: CpuSet, demand: Demand): Host {
  const others = host.background.filter(({ pcpu }) => !pcpus.includes(pcpu));
  return { ...host, background: [...others, ...pcpus.map((pcpu) => ({ pcpu, demand }))] };
}

/** Begins a job of a domain that is not shut off; one that has a job keeps that. */
export function startJob(host: Host, uuid: string, operation: string, waitNs = usualWaitNs): Host {
  return changeDomain(host, uuid, (domain) =>
    domain.state === 'shutoff' || domain.job !== undefined
      ? domain
      : { ...domain, job: { operation, sinceNs: host.nowNs, waitNs } },
  );
}

/** @source QEMU_JOB_WAIT_TIME in libvirt's src/qemu/qemu_domainjob.h */
const usualWaitNs = 30e9;

export function withoutJob({ job: _, ...domain }: SimDomain): SimDomain {
  return domain;
}

export type Pin = { readonly uuid: string; readonly vcpu: number; readonly cpus: CpuSet };

/** Sets the masks of vCPUs of running domains, all of them at once. */
export function pinLive(host: Host, pins: readonly Pin[]): Host {
  const byUuid = new Map<string, Map<number, CpuSet>>();
  for (const { uuid, vcpu, cpus } of pins) byUuid.set(uuid, (byUuid.get(uuid) ?? new Map()).set(vcpu, cpus));
  const domains = host.domains.map((domain) => {
    const wanted = byUuid.get(domain.uuid);
    if (!wanted) return domain;
    const pinned = (vcpu: SimVcpu): SimVcpu => ({ ...vcpu, pinned: wanted.get(vcpu.number) ?? vcpu.pinned });
    return { ...domain, vcpus: domain.vcpus.map(pinned) };
  });
  return settle({ ...host, domains });
}

/** Pins several vCPUs at once, by vCPU key: as quick for a thousand as for one. */
export function pinAllLive(host: Host, pins: ReadonlyMap<string, CpuSet>): Host {
  if (pins.size === 0) return host;
  let isChanged = false;
  const pin = (domain: SimDomain) => (vcpu: SimVcpu) => {
    const pinned = pins.get(vcpuKey({ domain, vcpu: vcpu.number }));
    if (pinned === undefined || pinned === vcpu.pinned) return vcpu;
    isChanged = true;
    return { ...vcpu, pinned, isSteered: true };
  };
  // libvirt refuses the pins of one that has a job, once it has waited.
  const domains = host.domains.map((domain) =>
    domain.job === undefined ? { ...domain, vcpus: domain.vcpus.map(pin(domain)) } : domain,
  );
  return isChanged ? settle({ ...host, domains }) : host;
}

/** Sets the pin that the next start of the domain takes. */
export function pinConfigured(host: Host, { uuid, vcpu, cpus }: Pin): Host {
  return changeVcpu(host, { uuid, vcpu }, (each) => ({ ...each, configured: cpus }));
}

/** Sets, or takes away, the metadata of a domain, live, in the configuration, or both. */
export function setMetadata(
  host: Host,
  uuid: string,
  attributes: Attributes | undefined,
  where: { readonly live: boolean; readonly config: boolean },
): Host {
  return changeDomain(host, uuid, (domain) => ({
    ...domain,
    metadata: where.live ? attributes : domain.metadata,
    configuredMetadata: where.config ? attributes : domain.configuredMetadata,
  }));
}

/** Plugs vCPUs in, lowest number first, or out, highest first, until `count` are online; those plugged in are fresh. */
export function setVcpuCount(host: Host, uuid: string, count: number): Host {
  const plug = (domain: SimDomain): SimDomain => {
    const online = domain.vcpus.filter((vcpu) => vcpu.online);
    const offline = domain.vcpus.filter((vcpu) => !vcpu.online);
    const kept = new Set([...online, ...offline].slice(0, count).map((vcpu) => vcpu.number));
    const change = (vcpu: SimVcpu): SimVcpu => {
      if (kept.has(vcpu.number) === vcpu.online) return vcpu;
      return vcpu.online ? { ...vcpu, online: false } : { ...fresh(vcpu), online: true, pinned: undefined };
    };
    const left = otherNs(domain, (vcpu) => !kept.has(vcpu.number));
    return { ...domain, otherNs: left, vcpus: domain.vcpus.map(change) };
  };
  return settle(changeDomain(host, uuid, plug));
}

/** Gives one vCPU, or all of a domain, a constant demand from now on. */
export function setDemand(host: Host, uuid: string, number: number | undefined, pct: number): Host {
  return changeDomain(host, uuid, (domain) => ({
    ...domain,
    vcpus: domain.vcpus.map((vcpu) =>
      number === undefined || vcpu.number === number ? { ...vcpu, demand: { kind: 'constant', pct } } : vcpu,
    ),
  }));
}

/** Finds a pCPU for every vCPU that may not stay where it is. */
export function settle(host: Host): Host {
  const machine = openMachine(host);
  const stranded = machine.seats.some((seat) => !seat.allowed.includes(seat.pcpu));
  if (!stranded) return host;
  placeAsKernel(machine, host.nowNs);
  return closeMachine(host, machine, host.nowNs);
}

/** No pCPU has this number: `settle` finds one. */
export const nowhere = -1;

/** What it has run stays in the domain's time. */
function unplugVcpu(host: Host, uuid: string, number: number): Host {
  return changeDomain(host, uuid, (domain) => ({
    ...domain,
    otherNs: otherNs(domain, (vcpu) => vcpu.number === number),
    vcpus: domain.vcpus.map((vcpu) => (vcpu.number === number ? { ...vcpu, online: false } : vcpu)),
  }));
}

/** With what those that are plugged in, and go, have run. */
function otherNs(domain: SimDomain, goes: (vcpu: SimVcpu) => boolean): number {
  const gone = domain.vcpus.filter((vcpu) => vcpu.online && goes(vcpu));
  return gone.reduce((sum, { runNs }) => sum + runNs, domain.otherNs ?? 0);
}

function fresh(vcpu: SimVcpu): SimVcpu {
  return {
    ...vcpu,
    runNs: 0,
    delayNs: 0,
    polledNs: 0,
    starvedNs: 0,
    isSteered: false,
    pinned: vcpu.configured ?? vcpu.atStart,
    cycle: undefined,
    pcpu: nowhere,
  };
}

function changeVcpu(
  host: Host,
  { uuid, vcpu: number }: { readonly uuid: string; readonly vcpu: number },
  change: (vcpu: SimVcpu) => SimVcpu,
): Host {
  return changeDomain(host, uuid, (domain) => ({
    ...domain,
    vcpus: domain.vcpus.map((vcpu) => (vcpu.number === number ? change(vcpu) : vcpu)),
  }));
}

function changeDomain(host: Host, uuid: string, change: (domain: SimDomain) => SimDomain): Host {
  return {
    ...host,
    domains: host.domains.map((domain) => (domain.uuid === uuid ? change(domain) : domain)),
  };
}
