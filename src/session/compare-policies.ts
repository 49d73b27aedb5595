import { availableParallelism } from 'node:os';
import { policies } from '../balance/policies/index.ts';
import type { Settings } from '../config/settings.ts';
import { sweepSettings, type Variant } from '../config/sweep.ts';
import { Interrupted } from '../errors.ts';
import type { PolicyResult } from '../model/host-report.ts';
import { progressBar } from '../render/progress-bar.ts';
import type { Input } from '../simulate/input/input.ts';
import type { Cycles } from '../simulate/score/replay.ts';
import type { Context } from './context.ts';
import type { Job } from './job.ts';

/** A stretch of a recording that is run again. */
export type Trial = { readonly input: Input; readonly cycles: Cycles };

/** Runs all policies on an input; returns what each would have done, the shortest ready time first. */
export async function comparePolicies(
  trial: Trial,
  settings: Settings,
  context: Context,
  show: (text: string) => void,
): Promise<readonly (PolicyResult & Variant)[]> {
  const variants = variantsOf(settings);
  const jobs = variants.map((variant): Job => ({ ...trial, kind: 'ready', settings: variant.settings }));
  const done = await runReady(jobs, settings, context, (bar) => show(`trying policies ${bar}`));
  return done
    .flatMap(({ ready, moves }, i) => {
      const variant = variants[i];
      if (ready === undefined || variant === undefined) return [];
      return [{ ...variant, policy: variant.settings.policy, ready, moves }];
    })
    .sort((a, b) => a.ready.p95 - b.ready.p95 || a.ready.mean - b.ready.mean || a.moves - b.moves);
}

/** Every policy with the settings, as far as they are swept with each value. */
export function variantsOf(settings: Settings): readonly Variant[] {
  return Object.keys(policies).flatMap((policy) =>
    // Without a policy no setting matters.
    sweepSettings(policy === 'none' ? { ...settings, policy, sweep: [] } : { ...settings, policy }),
  );
}

/**
 * Measures the ready time in each job.
 * @param show is given a bar that tells how far they are
 * @throws {Interrupted} where a signal ended it
 */
export async function runReady(
  jobs: readonly Job[],
  settings: Pick<Settings, 'jobs'>,
  context: Context,
  show: (bar: string) => void,
) {
  const atATime = settings.jobs ?? availableParallelism();
  const all = jobs.reduce((sum, { cycles }) => sum + cycles.count, 0);
  const reached = jobs.map(() => 0);
  const onCycle = (job: number, cycle: number) => {
    reached[job] = cycle;
    show(
      progressBar(
        reached.reduce((sum, each) => sum + each, 0),
        all,
      ),
    );
  };
  const done = await context.runJobs(jobs, atATime, onCycle, context.signal).catch((error: unknown) => {
    throw context.signal.aborted ? new Interrupted('interrupted', { cause: error }) : error;
  });
  return done.flatMap((result) => (result.kind === 'ready' ? [result] : []));
}
