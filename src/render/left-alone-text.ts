import { groupBy } from '../model/group-by.ts';
import type { LeftAlone } from '../model/plan.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';

/** What was left alone and why, a line for each reason. */
export function leftAloneText(leftAlone: readonly LeftAlone[], look: Style): string {
  return leftAloneLines(leftAlone)
    .map(({ names, reason }) => `${look.dim('left alone:')} ${names}: ${reason}\n`)
    .join('');
}

/** Each reason, with the first of those that were left alone for it. */
export function leftAloneLines(leftAlone: readonly LeftAlone[]) {
  return [...groupBy(leftAlone, ({ reason }) => reason)].map(([reason, items]) => {
    const names = items.map(
      ({ domain, vcpu }) => safeText(domain.name) + (vcpu === undefined ? '' : ` vCPU ${vcpu}`),
    );
    const shown = names.length > 6 ? [...names.slice(0, 5), `and ${names.length - 5} more`] : names;
    return { names: shown.join(', '), reason: safeText(reason) };
  });
}
