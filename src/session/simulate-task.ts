import type { Settings } from '../config/settings.ts';
import type { Input } from '../simulate/input/input.ts';
import { type Reference, reference } from '../simulate/score/reference.ts';
import { type Cycles, type History, replay } from '../simulate/score/replay.ts';
import { steerByPolicy } from '../simulate/score/steer.ts';
import { balanceSession } from './balance-session.ts';
import { scopeOf } from './scope.ts';

/**
 * A piece of a simulation that can be worked on beside others: plain data, so that it can go to a thread.
 * - `reference`: what policies are measured against
 * - `policy`: what the policy of the settings does
 */
export type Job = {
  readonly kind: 'reference' | 'policy';
  readonly input: Input;
  readonly cycles: Cycles;
  readonly settings: Settings;
};

export type JobResult =
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'policy'; readonly history: History };

/** Runs jobs, so many at a time; the results come in the order of the jobs. */
export type RunJobs = (
  jobs: readonly Job[],
  atATime: number,
  /** called now and then */
  onCycle: (job: number, cycle: number) => void,
  signal: AbortSignal,
) => Promise<readonly JobResult[]>;

/** Does one job. A policy decides by the code that `once` and `watch` run. */
export function runJob({ kind, input, cycles, settings }: Job, onCycle: (cycle: number) => void): JobResult {
  const scope = scopeOf(settings);
  if (kind === 'reference') return { kind, reference: reference(input.host, cycles, scope, onCycle) };
  const decide = balanceSession(settings, 'patient');
  const steer = steerByPolicy((before, after) => {
    const plan = decide.plan(decide.measure(before, after), after.takenAtMs);
    const applied = plan.moves.map((move) => ({ move, error: undefined }));
    decide.carriedOut(applied, after.takenAtMs);
    return plan;
  });
  return { kind, history: replay(input.host, cycles, scope, steer, onCycle) };
}
