import { availableParallelism } from 'node:os';
import { policies } from '../balance/policies/index.ts';
import type { Settings } from '../config/settings.ts';
import { policySettings, sweepSettings } from '../config/sweep.ts';
import { Interrupted, VcpuschedError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { jsonText } from '../render/envelope.ts';
import { progressBar } from '../render/progress-bar.ts';
import { safeText } from '../render/safe-text.ts';
import { simulateFields } from '../render/simulate-fields.ts';
import { bestFirst, simulateText } from '../render/simulate-text.ts';
import { chooseStyle } from '../render/style.ts';
import { balanceSession } from '../session/balance-session.ts';
import type { Context } from '../session/context.ts';
import type { Job } from '../session/job.ts';
import { progress } from '../session/progress.ts';
import { readInput } from '../session/read-input.ts';
import { checkReport, saveReport } from '../session/save-report.ts';
import type { Input } from '../simulate/input/input.ts';
import { mostVcpuCycles } from '../simulate/limits.ts';
import type { Cycles } from '../simulate/score/replay.ts';
import { score } from '../simulate/score/score.ts';

/** Runs policies on inputs in virtual time and compares what they did. */
export async function simulate(settings: Settings, context: Context): Promise<ExitStatus> {
  const variants = policyNames(settings.policy).flatMap((policy) => sweepSettings({ ...settings, policy }));
  // What is wrong with a name is to be told before anything is read.
  for (const variant of variants) balanceSession(variant.settings, 'patient');
  if (settings.report !== undefined) await checkReport('--report', settings.report);
  const inputs: Input[] = [];
  const warn = (message: string) => context.err(`vcpusched: ${safeText(message)}\n`);
  for (const file of settings.inputs) inputs.push(await readInput(file, settings, warn));

  const trials = inputs.map((input) => ({ input, cycles: cyclesOf(input, settings) }));
  for (const trial of trials) checkWork(trial.input, trial.cycles);
  const jobs = trials.flatMap((trial): readonly Job[] => [
    { ...trial, kind: 'reference', settings },
    ...variants.map((variant): Job => ({ ...trial, kind: 'policy', settings: variant.settings })),
  ]);
  const done = await runAll(jobs, settings, context);
  const references = done.flatMap((job) => (job.kind === 'reference' ? [job.reference] : []));
  const histories = done.flatMap((job) => (job.kind === 'policy' ? [job.history] : [])).values();
  const byTrial = trials.map(({ input, cycles }, t) =>
    variants.flatMap(({ settings: used, swept }) => {
      const { value: history } = histories.next();
      const ideal = references[t];
      if (ideal === undefined || history === undefined) return [];
      const scored = score(history, ideal, cycles);
      return [
        {
          input: input.name,
          policy: used.policy,
          settings: policySettings(used),
          swept,
          score: scored,
          cycles: history.cycles,
        },
      ];
    }),
  );
  const results = byTrial.flat();
  if (settings.json) context.out(jsonText('simulate', context.date(), simulateFields(results)));
  else context.out(simulateText(results, chooseStyle(settings.color, context.terminal)));
  if (settings.report !== undefined) {
    const reported = trials.map(({ input: { name, host }, cycles }, t) => ({
      name,
      intervalSeconds: cycles.intervalMs / 1000,
      domainCount: host.domains.length,
      vcpuCount: host.domains.reduce((sum, { vcpus }) => sum + vcpus.length, 0),
      bestSds: (references[t]?.best ?? []).map(({ sd }) => sd),
      runs: bestFirst(byTrial[t] ?? []),
    }));
    await saveReport(settings.report, reported, settings, context.date());
  }
  return exitStatus.done;
}

function policyNames(list: string): readonly string[] {
  return list === 'all' ? Object.keys(policies) : [...new Set(list.split(','))];
}

/** Without --cycles those that fit whole into the input: after its end nothing is known. */
function cyclesOf({ seconds }: Input, { interval, cycles }: Settings): Cycles {
  // A quotient may come out a hair below the whole number that it is.
  const whole = Math.max(1, Math.floor((seconds / interval) * (1 + 1e-9)));
  const count = cycles === undefined ? whole : cycles + 1;
  return { intervalMs: interval * 1000, count };
}

/** @throws {VcpuschedError} status 64, where it would take days */
function checkWork({ name, host }: Input, { count, intervalMs }: Cycles): void {
  const size = host.topology.length + host.domains.reduce((sum, { vcpus }) => sum + vcpus.length, 0);
  if (count * size <= mostVcpuCycles) return;
  throw new VcpuschedError(
    exitStatus.usage,
    `${name}: ${count} cycles of ${intervalMs / 1000} s on a host of ${size} vCPUs and pCPUs are too many: give a longer --interval, or some of them by --cycles`,
  );
}

/**
 * With a bar that tells how far it is.
 * @throws {Interrupted} where a signal ended it
 */
async function runAll(jobs: readonly Job[], settings: Settings, context: Context) {
  const { show, end } = progress(settings, context);
  const all = jobs.reduce((sum, { cycles }) => sum + cycles.count, 0);
  const reached = jobs.map(() => 0);
  const onCycle = (job: number, cycle: number) => {
    reached[job] = cycle;
    const done = reached.reduce((sum, each) => sum + each, 0);
    show(`simulating ${progressBar(done, all)}`);
  };
  try {
    return await context.runJobs(jobs, settings.jobs ?? availableParallelism(), onCycle, context.signal);
  } catch (error) {
    if (context.signal.aborted) throw new Interrupted('interrupted', { cause: error });
    throw error;
  } finally {
    end('');
  }
}
