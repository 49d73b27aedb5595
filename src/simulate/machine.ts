import type { CpuSet } from '../model/cpu-set.ts';
import type { Demand } from './demand.ts';
import type { DomainGroup } from './domain-group.ts';
import { hashText, mix } from './hash.ts';
import {
  affinityOf,
  type Bandwidth,
  emulatorAffinity,
  grantedTo,
  type Host,
  type Pace,
  type SimDomain,
  type SimPcpuTimes,
  type SimVcpu,
} from './host.ts';
import type { PcpuClock, Runner, Speed } from './runner.ts';
import { pcpuSpeeds } from './speed.ts';

/** A host opened for time to pass: a seat for each vCPU that can run, for each emulator, and for each load of the host's own. */
export type Machine = {
  readonly seats: readonly Seat[];
  readonly byPcpu: ReadonlyMap<number, MachinePcpu>;
};

/** A pCPU that is online, and what has its seat there. */
export type MachinePcpu = {
  readonly seats: Seat[];
  readonly clock: PcpuClock;
  /** what it does in a time, as a share of what the fastest does, were the threads of its core idle */
  readonly capacity: number;
  readonly speedAt: (nowNs: number) => Speed;
};

export type Seat = Runner & {
  readonly allowed: CpuSet;
  pcpu: number;
};

/** Opens a host. Whatever may not be on its pCPU any more is without a place: its `pcpu` is in no list. */
export function openMachine(host: Host): Machine {
  const known = new Map(host.pcpuTimes?.map((times) => [times.pcpu, times]));
  const lists = new Map<number, Seat[]>(host.online.map((pcpu) => [pcpu, []]));
  const speeds = pcpuSpeeds(host, lists);
  const byPcpu = new Map(
    [...lists].map(([pcpu, seats]) => {
      const { userNs = 0, systemNs = 0, idleNs = 0 } = known.get(pcpu) ?? {};
      return [pcpu, { seats, clock: { userNs, systemNs, idleNs }, ...speeds(pcpu) }];
    }),
  );
  // In the host's order, the vCPUs first: that is how closeMachine finds them again.
  const ofDomains = host.domains.map((domain) => domainSeats(domain, host));
  const seats = [
    ...ofDomains.flatMap(({ vcpus }) => vcpus),
    ...ofDomains.flatMap(({ emulator }) => emulator),
    ...backgroundSeats(host),
  ];
  for (const seat of seats) {
    if (seat.allowed.includes(seat.pcpu)) lists.get(seat.pcpu)?.push(seat);
  }
  return { seats, byPcpu };
}

/** The host as the machine has it now, at `nowNs`. */
export function closeMachine(host: Host, machine: Machine, nowNs: number): Host {
  const seats = machine.seats.values();
  const next = (vcpu: SimVcpu): SimVcpu => (vcpu.online ? after(vcpu, seats.next().value) : vcpu);
  const withVcpus = host.domains.map((domain) =>
    domain.state === 'shutoff' ? domain : { ...domain, vcpus: domain.vcpus.map(next) },
  );
  const domains = withVcpus.map((domain) => {
    const seat = hasEmulator(domain) ? seats.next().value : undefined;
    return seat === undefined ? domain : afterEmulator(domain, seat);
  });
  return { ...host, nowNs, domains, pcpuTimes: timesAfter(host, machine) };
}

function timesAfter({ pcpuTimes = [] }: Host, { byPcpu }: Machine): readonly SimPcpuTimes[] {
  const offline = pcpuTimes.filter(({ pcpu }) => !byPcpu.has(pcpu));
  const online = [...byPcpu].map(([pcpu, { clock }]) => ({ pcpu, ...clock }));
  return [...offline, ...online].sort((a, b) => a.pcpu - b.pcpu);
}

function after(vcpu: SimVcpu, seat: Seat | undefined): SimVcpu {
  if (!seat) return vcpu;
  const { number, online, demand, pinned, configured, atStart } = vcpu;
  const { runNs, delayNs, polledNs, starvedNs, pcpu, cycle } = seat;
  // Several times as fast as to spread it, and this is done for every vCPU in every cycle.
  return {
    number,
    online,
    demand,
    pinned,
    configured,
    atStart,
    pcpu,
    runNs,
    delayNs,
    polledNs,
    starvedNs,
    cycle,
  };
}

function afterEmulator(domain: SimDomain, { pcpu, runNs }: Seat): SimDomain {
  const { emulator } = domain;
  return emulator === undefined ? domain : { ...domain, otherNs: runNs, emulator: { ...emulator, pcpu } };
}

function hasEmulator({ state, emulator }: SimDomain): boolean {
  return state !== 'shutoff' && emulator !== undefined;
}

type DomainSeats = { readonly vcpus: readonly Seat[]; readonly emulator: readonly Seat[] };

function domainSeats(domain: SimDomain, host: Host): DomainSeats {
  if (domain.state === 'shutoff') return { vcpus: [], emulator: [] };
  const { state, quota, emulator, realtime = [], pollingPct = 0 } = domain;
  const isPaused = state === 'paused';
  const granted = grantedTo(domain, host);
  const domainSeed = mix(host.seed, hashText(domain.uuid));
  const first = new Set(realtime.flatMap(({ vcpus }) => vcpus));
  const members: Seat[] = [];
  const online = domain.vcpus.filter((vcpu) => vcpu.online);
  const isAlone = online.length + (emulator === undefined ? 0 : 1) === 1 && quota?.global === undefined;
  const group: DomainGroup | undefined = isAlone
    ? undefined
    : { members, shares: domain.shares, quota: fractionOf(quota?.global), state: undefined };
  const vcpus = online.map((vcpu): Seat => {
    const allowed = affinityOf(vcpu, domain, granted);
    return {
      ...idleSeat,
      demand: isPaused ? nothing : vcpu.demand,
      pace: isPaused ? open : domain.pace,
      weight: domain.shares,
      seed: mix(domainSeed, vcpu.number),
      bursty: domain.pace.kind === 'bursts' && allowed.length === 1,
      realtime: first.has(vcpu.number),
      cap: fractionOf(quota?.vcpu) ?? Number.POSITIVE_INFINITY,
      polling: isPaused ? 0 : pollingPct / 100,
      group,
      allowed,
      pcpu: vcpu.pcpu,
      runNs: vcpu.runNs,
      delayNs: vcpu.delayNs,
      polledNs: vcpu.polledNs ?? 0,
      starvedNs: vcpu.starvedNs ?? 0,
      cycle: vcpu.cycle && { ...vcpu.cycle },
    };
  });
  const others = emulator === undefined ? [] : [emulator];
  const emulatorSeats = others.map(
    ({ demand, pcpu }): Seat => ({
      ...idleSeat,
      demand: isPaused ? nothing : demand,
      weight: domain.shares,
      seed: domainSeed,
      group,
      inSystem: true,
      allowed: emulatorAffinity(domain, granted),
      pcpu,
      runNs: domain.otherNs ?? 0,
    }),
  );
  members.push(...vcpus, ...emulatorSeats);
  return { vcpus, emulator: emulatorSeats };
}

function fractionOf(bandwidth: Bandwidth | undefined): number | undefined {
  return bandwidth && bandwidth.quotaUs / bandwidth.periodUs;
}

function backgroundSeats(host: Host): readonly Seat[] {
  return host.background
    .filter(({ pcpu }) => host.online.includes(pcpu))
    .map(({ pcpu, demand }) => ({
      ...idleSeat,
      demand,
      seed: mix(host.seed, pcpu),
      allowed: [pcpu],
      pcpu,
    }));
}

/** A paused vCPU keeps its place and its counters, and wants nothing. */
const nothing: Demand = { kind: 'constant', pct: 0 };
const open: Pace = { kind: 'open' };

/** What is usual. What it wants is read when it first runs. */
const idleSeat = {
  pace: open,
  bursty: false,
  realtime: false,
  cap: Number.POSITIVE_INFINITY,
  polling: 0,
  group: undefined,
  inSystem: false,
  weight: 1024,
  demanded: 0,
  want: 0,
  share: 0,
  runNs: 0,
  delayNs: 0,
  polledNs: 0,
  starvedNs: 0,
  cycle: undefined,
  changesNs: Number.NEGATIVE_INFINITY,
};
