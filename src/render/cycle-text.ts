import { type Coverage, isTooLittle, tooLittleText } from '../model/coverage.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { LeftAlone, Move } from '../model/plan.ts';
import { counted } from './figures.ts';
import { leftAloneText } from './left-alone-text.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';

/** One line that says what was done in a cycle, or would be, or why nothing was. */
export function cycleText({
  plan,
  applied,
  verdict,
}: Pick<CycleReport, 'plan' | 'applied' | 'verdict'>): string {
  if (plan.moves.length === 0) return `nothing moved: ${plan.summary}`;
  if (verdict === 'planned' || verdict === 'paused')
    return `would pin ${counted(plan.moves.length, 'vCPU')}: ${plan.summary}`;
  const failed = applied.filter(({ error }) => error !== undefined).length;
  const done = `pinned ${counted(applied.length - failed, 'vCPU')}`;
  // What a plan that was not carried out would have led to has not come.
  return failed > 0 ? `${done}, ${failed} failed: the plan was: ${plan.summary}` : `${done}: ${plan.summary}`;
}

/**
 * For stderr: each pin that failed, and which vCPUs may not move again for now; with --verbose what was left alone, and
 * each pin that was done.
 */
export function cycleStory(
  { plan, applied, rateLimited }: Pick<CycleReport, 'plan' | 'applied' | 'rateLimited'>,
  { verbose, quiet }: { readonly verbose: boolean; readonly quiet: boolean },
  look: Style,
): string {
  const left = verbose ? leftAloneText(plan.leftAlone, look) : '';
  const limited = (quiet ? [] : rateLimited).map((each) => `vcpusched: ${rateLimitedText(each)}\n`);
  return `${pinsText(applied, verbose)}${left}${limited.join('')}`;
}

/** That a vCPU may not move again for now. */
export function rateLimitedText({ domain, vcpu, reason }: LeftAlone): string {
  return `${safeText(domain.name)} vCPU ${vcpu} is left where it is for now: ${safeText(reason)}`;
}

/** Each pin that failed, a line each, and with --verbose each that was done. */
export function pinsText(applied: CycleReport['applied'], verbose: boolean): string {
  const lines = applied.map((each) => {
    if (each.error === undefined) return verbose ? `${moveText(each.move)}\n` : '';
    return `vcpusched: ${failedPinText(each.move, each.error)}\n`;
  });
  return lines.join('');
}

export function failedPinText(move: Move, error: string): string {
  return `not pinned: ${whatOf(move)}: ${safeText(error)}`;
}

/** What was moved from where to where, and why. */
export function moveText(move: Move): string {
  return `${whatOf(move)}: ${move.kind}: ${safeText(move.reason)}`;
}

function whatOf({ domain, vcpu, from, to }: Move): string {
  return `${safeText(domain.name)} vCPU ${vcpu}, pCPU ${formatCpuSet(from)} to ${formatCpuSet(to)}`;
}

/** A line where so few vCPUs were measured that the host cannot be called balanced; nothing where enough were. */
export function coverageWarning(coverage: Coverage): string {
  return isTooLittle(coverage) ? `vcpusched: ${safeText(tooLittleText(coverage))}\n` : '';
}
