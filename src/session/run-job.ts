import { readyMeter } from '../analysis/ready-meter.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { Host } from '../simulate/host.ts';
import { reference } from '../simulate/score/reference.ts';
import { replay, type Steer } from '../simulate/score/replay.ts';
import { snapshotOf } from '../simulate/snapshot-of.ts';
import { type BalanceSession, balanceSession } from './balance-session.ts';
import { type Pinner, runCycle, type Session } from './cycle.ts';
import type { Job, JobResult } from './job.ts';
import { scopeOf } from './scope.ts';

/** Does one job. A policy decides by the cycle that `once` and `watch` run. */
export async function runJob(
  { kind, input: { host }, cycles, settings }: Job,
  onCycle: (cycle: number) => void,
): Promise<JobResult> {
  const scope = scopeOf(settings);
  if (kind === 'reference') return { kind, reference: await reference(host, cycles, scope, onCycle) };
  const steer = steerByCycles(balanceSession(settings, 'patient'));
  if (kind === 'policy') return { kind, history: await replay(host, cycles, scope, steer, onCycle) };
  const meter = readyMeter();
  const measured: Steer = (now) => {
    meter.addSample({ wallMs: now.nowNs / 1e6, snapshot: snapshotOf(now) });
    return steer(now);
  };
  const history = await replay(host, cycles, scope, measured, onCycle);
  const moves = history.cycles.reduce((sum, cycle) => sum + cycle.moves, 0);
  return { kind, ready: meter.quantiles(), moves };
}

/** Steers a simulated host as `watch` does: the first sample only gives the counters to start from. */
export function steerByCycles(balance: BalanceSession): Steer {
  let now: Host;
  let session: Session | undefined;
  const nowMs = () => now.nowNs / 1e6;
  const sample = async () => snapshotOf(now);
  return async (host) => {
    now = host;
    if (session === undefined) {
      session = {
        clock: { nowMs, wallMs: nowMs },
        signal: new AbortController().signal,
        sample,
        virshProcesses: () => 0,
        balance,
        pins: simulatedPins,
        before: await sample(),
        cycles: 0,
      };
      return new Map();
    }
    const { applied } = await runCycle(session);
    return new Map(applied.map(({ move }) => [vcpuKey(move), move.to]));
  };
}

/** Each pin takes, when the cycle is over; nobody else pins. */
const simulatedPins: Pinner = {
  held: async () => new Map(),
  known: () => ({}),
  paused: async () => undefined,
  pin: async (moves) => moves.map((move) => ({ move, error: undefined, shown: move.to })),
  learn: () => [],
  recordOutcome: async () => undefined,
};
