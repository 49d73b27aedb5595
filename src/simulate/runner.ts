import { shareBursts } from './burst-shares.ts';
import { type Demand, demandAt } from './demand.ts';
import { capOf, type DomainGroup, refreshGroup, weightOf } from './domain-group.ts';
import { type Claim, shareFairly } from './fair-shares.ts';
import { mixFraction } from './hash.ts';
import type { Cycle, Pace } from './host.ts';

/** A vCPU, an emulator, or a load of the host's own, while time passes: what changes in place, for speed. */
export type Runner = Claim & {
  readonly demand: Demand;
  readonly pace: Pace;
  /** whether it works in bursts that cannot evade those of others */
  readonly bursty: boolean;
  /** tells its noise from another's */
  readonly seed: number;
  /** whether it runs before all that are not */
  readonly realtime: boolean;
  /** the part of a pCPU that its own quota lets it have; infinite where there is none */
  readonly cap: number;
  /** the part of a pCPU for which it polls at most while it has nothing to do */
  readonly polling: number;
  /** the others of its domain, with whom it shares weight and quota; undefined where there are none */
  readonly group: DomainGroup | undefined;
  /** whether its time is counted as the system's */
  readonly inSystem: boolean;
  /** the work that it wants done, in parts of what the fastest pCPU does; `want` is the time that takes, as far as its quota goes */
  demanded: number;
  runNs: number;
  delayNs: number;
  polledNs: number;
  starvedNs: number;
  cycle: RunningCycle | undefined;
  /** when `demanded` changes of itself, by the clock */
  changesNs: number;
};

/** What a pCPU does in a time, as a share of what the fastest does, and when that changes. */
export type Speed = { readonly share: number; readonly untilNs: number };

/** A pCPU's times, which change in place. */
export type PcpuClock = { userNs: number; systemNs: number; idleNs: number };

/** A cycle whose work left is counted down. */
export type RunningCycle =
  | { readonly kind: 'work'; leftNs: number; readonly sleepNs: number }
  | Extract<Cycle, { kind: 'sleep' }>;

/**
 * Lets `runners`, which share one pCPU, run from `fromNs` to `toNs`. Returns when a demand next changes.
 * @param speedAt how fast the pCPU is at a moment
 */
export function runPcpu(
  runners: readonly Runner[],
  clock: PcpuClock,
  speedAt: (nowNs: number) => Speed,
  fromNs: number,
  toNs: number,
): number {
  const kind = kindOf(runners);
  let nowNs = fromNs;
  for (;;) {
    const speed = speedAt(nowNs);
    for (const runner of runners) {
      refreshDemand(runner, nowNs);
      runner.want = wantOf(runner, speed.share, nowNs);
    }
    const byWeight = share(runners, kind, nowNs);
    const changeNs = Math.min(nextChange(runners, speed.share, nowNs, byWeight), speed.untilNs);
    const untilNs = Math.min(toNs, changeNs);
    spendAll(runners, kind, clock, speed.share, untilNs - nowNs);
    nowNs = untilNs;
    if (nowNs >= toNs) return changeNs;
  }
}

/** What has to be looked at, of those that share a pCPU. */
type Kind = {
  readonly onlyBursts: boolean;
  readonly realtime: boolean;
  readonly groups: boolean;
  readonly polling: boolean;
};

function kindOf(runners: readonly Runner[]): Kind {
  return {
    onlyBursts: runners.every(({ bursty, realtime }) => bursty && !realtime),
    realtime: runners.some(({ realtime }) => realtime),
    groups: runners.some(({ group }) => group !== undefined),
    polling: runners.some(({ polling }) => polling > 0),
  };
}

/** Sets what a runner has to do at `nowNs`: an open one its demand, a closed one all while it has work. */
export function refreshDemand(runner: Runner, nowNs: number): void {
  if (runner.pace.kind === 'closed') {
    runner.cycle = cycleAt(runner, runner.pace.cycleNs, nowNs);
    runner.demanded = runner.cycle.kind === 'work' ? 1 : 0;
    runner.changesNs = runner.cycle.kind === 'work' ? Number.POSITIVE_INFINITY : runner.cycle.wakesNs;
  } else if (nowNs >= runner.changesNs) {
    const level = demandAt(runner.demand, nowNs, runner.seed);
    runner.demanded = level.pct / 100;
    runner.changesNs = level.untilNs;
  }
}

/** The time on a pCPU of this speed that a runner would take, as far as its quotas let it. */
export function wantOf(runner: Runner, speed: number, nowNs: number): number {
  return Math.min(runnable(runner, speed), runner.cap, capAt(runner, nowNs));
}

/** The part of the time in which it has something to do, were it alone: at most all. */
function runnable({ demanded }: Runner, speed: number): number {
  return speed === 1 ? demanded : Math.min(1, demanded / speed);
}

function capAt({ group }: Runner, nowNs: number): number {
  return group === undefined ? Number.POSITIVE_INFINITY : capOf(group, nowNs);
}

function cycleAt({ cycle, demand, seed }: Runner, cycleNs: number, nowNs: number): RunningCycle {
  // The first cycle begins at a moment of its own, or all guests of a host would work at the same time.
  if (!cycle) return { kind: 'sleep', wakesNs: nowNs + Math.round(cycleNs * mixFraction(seed)) };
  if (cycle.kind === 'sleep' && nowNs < cycle.wakesNs) return cycle;
  // Less than a nanosecond of work is what rounding leaves.
  if (cycle.kind === 'work' && cycle.leftNs >= 1) return cycle;
  if (cycle.kind === 'work' && cycle.sleepNs > 0) return { kind: 'sleep', wakesNs: nowNs + cycle.sleepNs };
  const leftNs = Math.round((demandAt(demand, nowNs, seed).pct / 100) * cycleNs);
  if (leftNs === 0) return { kind: 'sleep', wakesNs: nowNs + cycleNs };
  return { kind: 'work', leftNs, sleepNs: cycleNs - leftNs };
}

/** Shares the pCPU: real-time runners first, then the others by weight. Returns whether weights of domains mattered. */
function share(runners: readonly Runner[], kind: Kind, nowNs: number): boolean {
  if (kind.onlyBursts) {
    shareBursts(runners);
    return false;
  }
  if (!kind.realtime) return shareByWeight(runners, 1, nowNs, kind.groups);
  const first = runners.filter(({ realtime }) => realtime);
  const others = runners.filter(({ realtime }) => !realtime);
  const wanted = sum(others);
  // What the kernel keeps for the others is theirs only as far as they want it.
  shareFairly(first, 1 - Math.min(wanted, keptForOthers));
  return shareByWeight(others, 1 - first.reduce((ran, each) => ran + each.share, 0), nowNs, kind.groups);
}

/**
 * The kernel lets real-time tasks have 950 ms of each second while others wait.
 * @source sched_rt_runtime_us, and the fair server of Linux 6.12 and later
 */
const keptForOthers = 0.05;

/** Weights matter only where there is less than is wanted; those of a domain depend on how many of its vCPUs are busy. */
function shareByWeight(runners: readonly Runner[], part: number, nowNs: number, groups: boolean): boolean {
  const matter = groups && sum(runners) > part;
  if (matter) {
    for (const runner of runners) {
      if (runner.group !== undefined) runner.weight = weightOf(runner.group, runner, nowNs);
    }
  }
  shareFairly(runners, part);
  return matter;
}

function sum(runners: readonly Runner[]): number {
  return runners.reduce((total, { want }) => total + want, 0);
}

/** @param byWeight whether the weights of domains count, which change as their other vCPUs do */
function nextChange(runners: readonly Runner[], speed: number, nowNs: number, byWeight: boolean): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { changesNs, cycle, share, group } of runners) {
    if (changesNs < next) next = changesNs;
    if (group !== undefined && (byWeight || group.quota !== undefined))
      next = Math.min(next, refreshGroup(group, nowNs).untilNs);
    // At least a nanosecond on, so that rounding cannot stop the clock.
    if (cycle?.kind === 'work')
      next = Math.min(next, nowNs + Math.max(1, Math.ceil(cycle.leftNs / (share * speed))));
  }
  return next;
}

function spendAll(
  runners: readonly Runner[],
  { polling }: Kind,
  clock: PcpuClock,
  speed: number,
  spanNs: number,
): void {
  let userNs = 0;
  let systemNs = 0;
  for (const runner of runners) {
    const ranNs = spend(runner, speed, spanNs);
    if (runner.inSystem) systemNs += ranNs;
    else userNs += ranNs;
  }
  if (polling) userNs += poll(runners, spanNs, spanNs - userNs - systemNs);
  clock.userNs += userNs;
  clock.systemNs += systemNs;
  clock.idleNs += Math.max(0, spanNs - userNs - systemNs);
}

/**
 * Returns how long it ran. What it had to do and was not run for is its delay, a quota's throttling included; starved
 * it is only of what its quota would have let it do, and on a slow pCPU of what that leaves undone, too.
 */
function spend(runner: Runner, speed: number, spanNs: number): number {
  const ranNs = runner.share * spanNs;
  const throttled = runnable(runner, speed) - runner.want;
  runner.runNs += ranNs;
  runner.delayNs += (throttled + runner.want - runner.share) * spanNs;
  const due = throttled > 0 ? runner.want * speed : runner.demanded;
  runner.starvedNs += (due - runner.share * speed) * spanNs;
  const { cycle } = runner;
  if (cycle?.kind === 'work') cycle.leftNs -= ranNs * speed;
  return ranNs;
}

/** Those that poll do so in the time that nobody wants, and share it. Returns how long they all did. */
function poll(runners: readonly Runner[], spanNs: number, idleNs: number): number {
  const wanted = (runner: Runner): number =>
    runner.polling === 0 ? 0 : Math.max(0, Math.min(runner.polling, 1 - runner.want));
  const wantedNs = spanNs * runners.reduce((total, runner) => total + wanted(runner), 0);
  if (wantedNs === 0) return 0;
  const part = Math.min(1, Math.max(0, idleNs) / wantedNs);
  let polledNs = 0;
  for (const runner of runners) {
    const ownNs = wanted(runner) * part * spanNs;
    runner.runNs += ownNs;
    runner.polledNs += ownNs;
    polledNs += ownNs;
  }
  return polledNs;
}
