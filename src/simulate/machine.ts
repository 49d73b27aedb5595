import type { CpuSet } from '../model/cpu-set.ts';
import type { Demand } from './demand.ts';
import { hashText, mix } from './hash.ts';
import {
  affinityOf,
  grantedTo,
  type Host,
  type Pace,
  type SimDomain,
  type SimPcpuTimes,
  type SimVcpu,
} from './host.ts';
import type { PcpuClock, Runner } from './runner.ts';

/** A host opened for time to pass: a seat for each vCPU that can run, and for each load of the host's own. */
export type Machine = {
  readonly seats: readonly Seat[];
  readonly byPcpu: ReadonlyMap<number, Seat[]>;
  /** what each pCPU that is online has done */
  readonly times: ReadonlyMap<number, PcpuClock>;
};

export type Seat = Runner & {
  readonly allowed: CpuSet;
  /** the vCPU it stands for; undefined for what the host itself runs */
  readonly vcpu: SimVcpu | undefined;
  pcpu: number;
};

/** Opens a host. A vCPU whose pCPU it may not use any more is without a place: its `pcpu` is in no list. */
export function openMachine(host: Host): Machine {
  const byPcpu = new Map<number, Seat[]>(host.online.map((pcpu) => [pcpu, []]));
  // The vCPUs first and in the host's order: that is how closeMachine finds their seats again.
  const seats = [...host.domains.flatMap((domain) => vcpuSeats(domain, host)), ...backgroundSeats(host)];
  for (const seat of seats) {
    if (seat.allowed.includes(seat.pcpu)) byPcpu.get(seat.pcpu)?.push(seat);
  }
  const known = new Map(host.pcpuTimes?.map((times) => [times.pcpu, times]));
  const times = new Map(
    host.online.map((pcpu) => {
      const { userNs = 0, systemNs = 0, idleNs = 0 } = known.get(pcpu) ?? {};
      return [pcpu, { userNs, systemNs, idleNs }];
    }),
  );
  return { seats, byPcpu, times };
}

/** The host as the machine has it now, at `nowNs`. */
export function closeMachine(host: Host, machine: Machine, nowNs: number): Host {
  const seats = machine.seats.values();
  const next = (vcpu: SimVcpu): SimVcpu => (vcpu.online ? after(vcpu, seats.next().value) : vcpu);
  const domains = host.domains.map((domain) =>
    domain.state === 'shutoff' ? domain : { ...domain, vcpus: domain.vcpus.map(next) },
  );
  return { ...host, nowNs, domains, pcpuTimes: timesAfter(host, machine) };
}

function timesAfter({ pcpuTimes = [] }: Host, { times }: Machine): readonly SimPcpuTimes[] {
  const offline = pcpuTimes.filter(({ pcpu }) => !times.has(pcpu));
  return [...offline, ...[...times].map(([pcpu, clock]) => ({ pcpu, ...clock }))].sort(
    (a, b) => a.pcpu - b.pcpu,
  );
}

function after(vcpu: SimVcpu, seat: Seat | undefined): SimVcpu {
  if (!seat) return vcpu;
  const { number, online, demand, pinned, configured, atStart } = vcpu;
  const { runNs, delayNs, pcpu, cycle } = seat;
  // Several times as fast as to spread it, and this is done for every vCPU in every cycle.
  return { number, online, demand, pinned, configured, atStart, pcpu, runNs, delayNs, cycle };
}

function vcpuSeats(domain: SimDomain, host: Host): readonly Seat[] {
  if (domain.state === 'shutoff') return [];
  const paused = domain.state === 'paused';
  const granted = grantedTo(domain, host);
  const domainSeed = mix(host.seed, hashText(domain.uuid));
  return domain.vcpus
    .filter((vcpu) => vcpu.online)
    .map((vcpu) => ({ vcpu, allowed: affinityOf(vcpu, domain, granted) }))
    .map(({ vcpu, allowed }) => ({
      vcpu,
      demand: paused ? nothing : vcpu.demand,
      pace: paused ? open : domain.pace,
      weight: domain.shares,
      seed: mix(domainSeed, vcpu.number),
      bursty: domain.pace.kind === 'bursts' && allowed.length === 1,
      allowed,
      pcpu: vcpu.pcpu,
      runNs: vcpu.runNs,
      delayNs: vcpu.delayNs,
      cycle: vcpu.cycle && { ...vcpu.cycle },
      want: 0,
      share: 0,
      changesNs: longAgo,
    }));
}

function backgroundSeats(host: Host): readonly Seat[] {
  return host.background
    .filter(({ pcpu }) => host.online.includes(pcpu))
    .map(({ pcpu, demand }) => ({
      vcpu: undefined,
      demand,
      pace: open,
      bursty: false,
      weight: 1024,
      seed: mix(host.seed, pcpu),
      allowed: [pcpu],
      pcpu,
      runNs: 0,
      delayNs: 0,
      cycle: undefined,
      want: 0,
      share: 0,
      changesNs: longAgo,
    }));
}

/** A paused vCPU keeps its place and its counters, and wants nothing. */
const nothing: Demand = { kind: 'constant', pct: 0 };
const open: Pace = { kind: 'open' };

/** What it wants is read when it first runs. */
const longAgo = Number.NEGATIVE_INFINITY;
