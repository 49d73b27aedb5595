import type { CpuSet } from '../model/cpu-set.ts';
import type { Demand } from './demand.ts';
import type { DomainGroup } from './domain-group.ts';
import { hashText, mix } from './hash.ts';
import {
  affinityOf,
  type Bandwidth,
  type Emulator,
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
  const machine = { seats, byPcpu };
  takeSeats(machine);
  return machine;
}

/**
 * Puts every seat into the list of its pCPU, in the host's order: what is summed over a list must not depend on the way
 * that led there, not even in the last digit.
 */
export function takeSeats({ seats, byPcpu }: Machine): void {
  for (const pcpu of byPcpu.values()) pcpu.seats.length = 0;
  for (const seat of seats) {
    if (seat.allowed.includes(seat.pcpu)) byPcpu.get(seat.pcpu)?.seats.push(seat);
  }
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
  const { number, online, demand, pinned, configured, atStart, isSteered = false } = vcpu;
  const { runNs, delayNs, polledNs, starvedNs, pcpu, cycle } = seat;
  // Several times as fast as to spread it, and this is done for every vCPU in every cycle.
  return {
    number,
    online,
    demand,
    pinned,
    configured,
    atStart,
    isSteered,
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
  if (domain.state === 'shutoff') return none;
  const { quota, emulator } = domain;
  const granted = grantedTo(domain, host);
  const seed = mix(host.seed, hashText(domain.uuid));
  const online = domain.vcpus.filter((vcpu) => vcpu.online);
  const members: Seat[] = [];
  const isAlone = online.length === 1 && emulator === undefined && quota?.global === undefined;
  const group: DomainGroup | undefined = isAlone
    ? undefined
    : { members, shares: domain.shares, quota: fractionOf(quota?.global), state: undefined };
  const vcpus = online.map((vcpu) => vcpuSeat(vcpu, domain, { seed, group, granted }));
  const emulators = emulator === undefined ? [] : [emulatorSeat(emulator, domain, { seed, group, granted })];
  members.push(...vcpus, ...emulators);
  return { vcpus, emulator: emulators };
}

const none: DomainSeats = { vcpus: [], emulator: [] };

/** What is the same for all of a domain. */
type OfDomain = {
  readonly seed: number;
  readonly group: DomainGroup | undefined;
  readonly granted: CpuSet;
};

/** Written out member by member: it is done for every vCPU in every cycle, and to spread takes several times as long. */
function vcpuSeat(vcpu: SimVcpu, domain: SimDomain, { seed, group, granted }: OfDomain): Seat {
  const { state, pace, shares, quota, realtime, pollingPct = 0 } = domain;
  const isPaused = state === 'paused';
  const allowed = affinityOf(vcpu, domain, granted);
  return {
    demand: isPaused ? nothing : vcpu.demand,
    pace: isPaused ? open : pace,
    bursty: pace.kind === 'bursts' && allowed.length === 1,
    seed: mix(seed, vcpu.number),
    realtime: realtime?.some(({ vcpus }) => vcpus.includes(vcpu.number)) ?? false,
    cap: fractionOf(quota?.vcpu) ?? Number.POSITIVE_INFINITY,
    polling: isPaused ? 0 : pollingPct / 100,
    group,
    inSystem: false,
    allowed,
    weight: shares,
    demanded: 0,
    want: 0,
    share: 0,
    pcpu: vcpu.pcpu,
    runNs: vcpu.runNs,
    delayNs: vcpu.delayNs,
    polledNs: vcpu.polledNs ?? 0,
    starvedNs: vcpu.starvedNs ?? 0,
    cycle: vcpu.cycle && { ...vcpu.cycle },
    changesNs: longAgo,
  };
}

function emulatorSeat(
  { demand, pcpu }: Emulator,
  domain: SimDomain,
  { seed, group, granted }: OfDomain,
): Seat {
  return {
    ...idleSeat,
    demand: domain.state === 'paused' ? nothing : demand,
    weight: domain.shares,
    seed,
    group,
    inSystem: true,
    allowed: emulatorAffinity(domain, granted),
    pcpu,
    runNs: domain.otherNs ?? 0,
  };
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
/** What it wants is read when it first runs. */
const longAgo = Number.NEGATIVE_INFINITY;

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
  changesNs: longAgo,
};
