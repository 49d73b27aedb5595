import { formatCpuSet } from '../model/cpu-set.ts';
import type { Plan, PlannedLoad } from '../model/plan.ts';
import { percent } from './figures.ts';
import { leftAloneText } from './left-alone-text.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { table, tableWithBars } from './table.ts';
import { wrap } from './wrap.ts';

/** A plan for people: the moves with their reasons, the loads before and after, what was left alone and why. */
export function planText(plan: Plan, look: Style): string {
  const conclusion = `${look.bold('Plan:')} ${wrap(plan.summary, look.columns, '      ')}\n`;
  const parts = [moves(plan, look), loads(plan, look), leftAloneText(plan.leftAlone, look), conclusion];
  return parts.filter((part) => part !== '').join('\n');
}

function moves(plan: Plan, look: Style): string {
  if (plan.moves.length === 0) return '';
  return table(
    [
      { head: 'domain', least: 8 },
      { head: 'vCPU', align: 'right' },
      { head: 'demand', align: 'right' },
      { head: 'from', align: 'right', least: 7 },
      { head: 'to', align: 'right', least: 7 },
      { head: 'why', least: 16 },
    ],
    plan.moves.map((move) => [
      safeText(move.domain.name),
      `${move.vcpu}`,
      percent(move.demandPct),
      formatCpuSet(move.from),
      formatCpuSet(move.to),
      `${move.kind}: ${safeText(move.reason)}`,
    ]),
    look,
  );
}

function loads({ before, after, moves }: Plan, look: Style): string {
  if (before.length === 0) return '';
  const fullPct = Math.max(
    100,
    ...before.map(({ loadPct }) => loadPct),
    ...after.map(({ loadPct }) => loadPct),
  );
  const cells = ({ loadPct, backgroundPct, vcpus }: PlannedLoad, barWidth: number) => [
    look.load(loadPct, look.barOfTwo(loadPct - backgroundPct, backgroundPct, fullPct, barWidth)),
    look.load(loadPct, percent(loadPct)),
    `${vcpus}`,
  ];
  const side = (name: string) =>
    [{ head: name }, { head: '', align: 'right' }, { head: 'vCPUs', align: 'right' }] as const;
  return tableWithBars(
    [
      { head: 'pCPU', align: 'right', least: 7 },
      ...side(moves.length === 0 ? 'load' : 'before'),
      ...(moves.length === 0 ? [] : side('after')),
    ],
    (barWidth) =>
      before.map((load, i) => {
        const then = after[i];
        const planned = moves.length === 0 || then === undefined ? [] : cells(then, barWidth);
        return [formatCpuSet(load.cpus), ...cells(load, barWidth), ...planned];
      }),
    look,
  );
}
