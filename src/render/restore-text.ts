import { formatCpuSet } from '../model/cpu-set.ts';
import type { Pin } from '../model/pin.ts';
import type { LeftAlone } from '../model/plan.ts';
import { leftAloneText } from './left-alone-text.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** What restore would put back, and what it would leave, for people. */
export function restoreText(
  {
    pins,
    foreign,
    stuck,
  }: {
    readonly pins: readonly Pin[];
    readonly foreign: readonly LeftAlone[];
    readonly stuck: readonly LeftAlone[];
  },
  look: Style,
): string {
  const columns = [
    { head: 'domain' },
    { head: 'vCPU', align: 'right' },
    { head: 'from', align: 'right' },
    { head: 'back to', align: 'right' },
  ] as const;
  const rows = pins.map(({ domain, vcpu, from, to }) => [
    safeText(domain.name),
    `${vcpu}`,
    formatCpuSet(from),
    formatCpuSet(to),
  ]);
  const shown = rows.length === 0 ? 'Nothing to restore\n' : table(columns, rows);
  const left = leftAloneText([...stuck, ...foreign], look);
  return [shown, left].filter((part) => part !== '').join('\n');
}
