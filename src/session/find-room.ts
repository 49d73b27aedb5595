import type { Settings } from '../config/settings.ts';
import { type Quantiles, type Room, type Stretch, wellPct } from '../model/host-report.ts';
import { addVcpus } from '../simulate/add-vcpus.ts';
import type { Input } from '../simulate/input/input.ts';
import { runReady, type Trial } from './compare-policies.ts';
import type { Context } from './context.ts';
import type { Job } from './job.ts';

/** The hour that is run again, how full it was, and up to which ready time in the model vCPUs are added. */
export type Busy = { readonly stretch: Stretch; readonly meanLoadPct: number; readonly limitPct: number };

/**
 * The limit in the model for a ready time of 5 % in reality: less where the model makes the ready time shorter than it
 * was. Where it makes it longer that is left as it is, to be on the safe side.
 */
export function limitInModel(recorded: Quantiles | undefined, modelled: Quantiles | undefined): number {
  if (recorded === undefined || modelled === undefined || recorded.p95 < leastKnownPct) return wellPct;
  return wellPct * Math.min(1, Math.max(leastShare, modelled.p95 / recorded.p95));
}

/** Per cent: what is less says nothing of a model. */
const leastKnownPct = 0.5;
const leastShare = 0.5;

/**
 * How many vCPUs more can run on a stretch of a recording under the policy of the settings, until 5 of 100 of all their
 * 20 s have a ready time above the limit. What is added is drawn three times from the vCPUs that there are.
 */
export async function findRoom(
  { input, cycles }: Trial,
  { stretch, meanLoadPct, limitPct }: Busy,
  settings: Settings,
  context: Context,
  show: (text: string) => void,
): Promise<Room> {
  const present = vcpuCount(input);
  const step = Math.max(1, Math.round(present * stepShare));
  const most = Math.max(leastSearched, mostTimes * present);
  const fits = async (probes: readonly Probe[]): Promise<readonly boolean[]> => {
    const jobs = probes.map(({ draw, count }): Job => {
      const host = addVcpus(input.host, count, draw);
      return { kind: 'ready', input: { ...input, host }, cycles, settings };
    });
    const done = await runReady(jobs, settings, context, (bar) =>
      show(`trying ${counts(probes)} more vCPUs ${bar}`),
    );
    return done.map(({ ready }) => ready !== undefined && ready.p95 <= limitPct);
  };
  const common = { kind: 'room', stretch, policy: settings.policy, limitPct } as const;
  const [fitsNow] = await fits([{ draw: 0, count: 0 }]);
  if (fitsNow !== true) return { ...common, vcpus: 0, least: 0, most: 0, step, isAtLeast: false };
  const found = [
    ...(await roomOf(fits, {
      draws,
      step,
      most,
      guess: present * Math.max(leastGuess, fullPct / meanLoadPct - 1),
    })),
  ].sort((a, b) => a - b);
  const [least = 0] = found;
  const highest = found.at(-1) ?? 0;
  return {
    ...common,
    vcpus: found[Math.floor(found.length / 2)] ?? 0,
    least,
    most: highest,
    step,
    isAtLeast: highest >= most,
  };
}

/** What the search starts from: about here hosts begin to be too full, and it cannot be much less. */
const fullPct = 60;
const leastGuess = 0.05;
const draws = 3;
/** Counts are searched in steps of this share of the vCPUs that there are. */
const stepShare = 0.02;
/** As many times the vCPUs that there are, or as many vCPUs, are tried at most. */
const mostTimes = 4;
const leastSearched = 32;

/** A count that is to be tried with a draw. */
export type Probe = { readonly draw: number; readonly count: number };

/**
 * The largest multiple of `step` up to `most` that fits, for each of several draws: a bound is found by doubling, and the
 * rest by halving. As more are added, no fewer of them wait. 0 is known to fit.
 * @param fits whether they fit, in their order
 */
export async function roomOf(
  fits: (probes: readonly Probe[]) => Promise<readonly boolean[]>,
  { draws, step, most, guess }: { readonly [key in 'draws' | 'step' | 'most' | 'guess']: number },
): Promise<readonly number[]> {
  const end = Math.floor(most / step);
  const ranges = Array.from({ length: draws }, () => ({ fits: 0, fails: end + 1 }));
  for (;;) {
    const open = [...ranges.entries()].filter(([, range]) => range.fails - range.fits > 1);
    if (open.length === 0) return ranges.map((range) => range.fits * step);
    const steps = open.map(([, range]) => nextStep(range, end, Math.ceil(guess / step)));
    const answers = await fits(open.map(([draw], i) => ({ draw, count: (steps[i] ?? 0) * step })));
    for (const [i, [, range]] of open.entries())
      range[answers[i] === true ? 'fits' : 'fails'] = steps[i] ?? 0;
  }
}

function nextStep(
  { fits, fails }: { readonly fits: number; readonly fails: number },
  end: number,
  guess: number,
) {
  if (fails <= end) return Math.floor((fits + fails) / 2);
  return Math.min(end, fits === 0 ? Math.max(1, guess) : 2 * fits);
}

function counts(probes: readonly Probe[]): string {
  return [...new Set(probes.map(({ count }) => count))].join(', ');
}

function vcpuCount({ host }: Input): number {
  return host.domains.reduce((sum, { vcpus }) => sum + vcpus.filter(({ online }) => online).length, 0);
}
