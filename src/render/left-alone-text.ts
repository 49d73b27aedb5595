import { groupBy } from '../model/group-by.ts';
import type { LeftAlone } from '../model/plan.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';

/** What was left alone and why, a line for each reason. */
export function leftAloneText(leftAlone: readonly LeftAlone[], look: Style): string {
  const byReason = groupBy(leftAlone, ({ reason }) => reason);
  return [...byReason]
    .map(([reason, items]) => {
      const names = items.map(
        ({ domain, vcpu }) => safeText(domain.name) + (vcpu === undefined ? '' : ` vCPU ${vcpu}`),
      );
      const shown = names.length > 6 ? [...names.slice(0, 5), `and ${names.length - 5} more`] : names;
      return `${look.dim('left alone:')} ${shown.join(', ')}: ${safeText(reason)}\n`;
    })
    .join('');
}
