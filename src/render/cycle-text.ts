import { type Coverage, isTooLittle, tooLittleText } from '../model/coverage.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import { counted } from './figures.ts';
import { leftAloneText } from './left-alone-text.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';

/** One line that says what was done in a cycle, or why nothing was. */
export function cycleText({ plan, applied }: Pick<CycleReport, 'plan' | 'applied'>): string {
  if (plan.moves.length === 0) return `nothing moved: ${plan.summary}`;
  const failed = applied.filter(({ error }) => error !== undefined).length;
  const done = `pinned ${counted(applied.length - failed, 'vCPU')}`;
  // What a plan that was not carried out would have led to has not come.
  return failed > 0 ? `${done}, ${failed} failed: the plan was: ${plan.summary}` : `${done}: ${plan.summary}`;
}

/**
 * For stderr: each pin that failed, and which vCPUs may not move again for now; with --verbose each pin that was done
 * and what was left alone.
 */
export function cycleStory(
  { plan, applied, rateLimited }: Pick<CycleReport, 'plan' | 'applied' | 'rateLimited'>,
  { verbose, quiet }: { readonly verbose: boolean; readonly quiet: boolean },
  look: Style,
): string {
  const left = verbose ? leftAloneText(plan.leftAlone, look) : '';
  const limited = (quiet ? [] : rateLimited).map(
    ({ domain, vcpu, reason }) =>
      `vcpusched: ${safeText(domain.name)} vCPU ${vcpu} is left where it is for now: ${reason}\n`,
  );
  return `${pinsText(applied, verbose)}${left}${limited.join('')}`;
}

/** Each pin that failed, a line each, and with --verbose each that was done. */
export function pinsText(applied: CycleReport['applied'], verbose: boolean): string {
  const lines = applied.map(({ move, error }) => {
    const what = `${safeText(move.domain.name)} vCPU ${move.vcpu}, pCPU ${formatCpuSet(move.from)} to ${formatCpuSet(move.to)}`;
    if (error !== undefined) return `vcpusched: not pinned: ${what}: ${safeText(error)}\n`;
    return verbose ? `${what}: ${move.kind}: ${safeText(move.reason)}\n` : '';
  });
  return lines.join('');
}

/** A line where so few vCPUs were measured that the host cannot be called balanced; nothing where enough were. */
export function coverageWarning(coverage: Coverage): string {
  return isTooLittle(coverage) ? `vcpusched: ${safeText(tooLittleText(coverage))}\n` : '';
}
