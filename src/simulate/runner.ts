import { shareBursts } from './burst-shares.ts';
import { type Demand, demandAt } from './demand.ts';
import { type Claim, shareFairly } from './fair-shares.ts';
import { mixFraction } from './hash.ts';
import type { Cycle, Pace } from './host.ts';

/** A vCPU, or a load of the host's own, while time passes: what changes in place, for speed. */
export type Runner = Claim & {
  readonly demand: Demand;
  readonly pace: Pace;
  /** whether it works in bursts that cannot evade those of others */
  readonly bursty: boolean;
  /** tells its noise from another's */
  readonly seed: number;
  runNs: number;
  delayNs: number;
  cycle: RunningCycle | undefined;
  /** when `want` changes of itself, by the clock */
  changesNs: number;
};

/** A pCPU's times, which change in place. */
export type PcpuClock = { userNs: number; systemNs: number; idleNs: number };

/** A cycle whose work left is counted down. */
export type RunningCycle =
  | { readonly kind: 'work'; leftNs: number; readonly sleepNs: number }
  | Extract<Cycle, { kind: 'sleep' }>;

/** Lets `runners`, which share one pCPU, run from `fromNs` to `toNs`. Returns when a want next changes. */
export function runPcpu(
  runners: readonly Runner[],
  clock: PcpuClock | undefined,
  fromNs: number,
  toNs: number,
): number {
  let nowNs = fromNs;
  for (;;) {
    for (const runner of runners) refreshWant(runner, nowNs);
    if (runners.every(({ bursty }) => bursty)) shareBursts(runners);
    else shareFairly(runners);
    const changeNs = nextChange(runners, nowNs);
    const untilNs = Math.min(toNs, changeNs);
    const spanNs = untilNs - nowNs;
    let userNs = 0;
    for (const runner of runners) userNs += spend(runner, spanNs);
    if (clock !== undefined) {
      clock.userNs += userNs;
      clock.idleNs += spanNs - userNs;
    }
    nowNs = untilNs;
    if (nowNs >= toNs) return changeNs;
  }
}

/** Sets what a runner wants at `nowNs`: an open one its demand, a closed one all while it has work. */
export function refreshWant(runner: Runner, nowNs: number): void {
  if (runner.pace.kind === 'closed') {
    runner.cycle = cycleAt(runner, runner.pace.cycleNs, nowNs);
    runner.want = runner.cycle.kind === 'work' ? 1 : 0;
    runner.changesNs = runner.cycle.kind === 'work' ? Number.POSITIVE_INFINITY : runner.cycle.wakesNs;
  } else if (nowNs >= runner.changesNs) {
    const level = demandAt(runner.demand, nowNs, runner.seed);
    runner.want = level.pct / 100;
    runner.changesNs = level.untilNs;
  }
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

function nextChange(runners: readonly Runner[], nowNs: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { changesNs, cycle, share } of runners) {
    if (changesNs < next) next = changesNs;
    // At least a nanosecond on, so that rounding cannot stop the clock.
    if (cycle?.kind === 'work') next = Math.min(next, nowNs + Math.max(1, Math.ceil(cycle.leftNs / share)));
  }
  return next;
}

/** Returns how long it ran. */
function spend(runner: Runner, spanNs: number): number {
  const ranNs = runner.share * spanNs;
  runner.runNs += ranNs;
  runner.delayNs += (runner.want - runner.share) * spanNs;
  const { cycle } = runner;
  if (cycle?.kind === 'work') cycle.leftNs -= ranNs;
  return ranNs;
}
