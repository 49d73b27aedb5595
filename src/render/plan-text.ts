import { formatCpuSet } from '../model/cpu-set.ts';
import type { PcpuLoad, Plan } from '../model/plan.ts';
import { percent } from './figures.ts';
import { leftAloneText } from './left-alone-text.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** A plan for people: the moves with their reasons, the loads before and after, what was left alone and why. */
export function planText(plan: Plan, look: Style): string {
  const conclusion = `${look.bold('Plan:')} ${plan.summary}\n`;
  const parts = [moves(plan), loads(plan, look), leftAloneText(plan.leftAlone, look), conclusion];
  return parts.filter((part) => part !== '').join('\n');
}

function moves(plan: Plan): string {
  if (plan.moves.length === 0) return '';
  return table(
    [
      { head: 'domain' },
      { head: 'vCPU', align: 'right' },
      { head: 'demand', align: 'right' },
      { head: 'from', align: 'right' },
      { head: 'to', align: 'right' },
      { head: 'why' },
    ],
    plan.moves.map((move) => [
      safeText(move.domain.name),
      `${move.vcpu}`,
      percent(move.demandPct),
      formatCpuSet(move.from),
      formatCpuSet(move.to),
      `${move.kind}: ${safeText(move.reason)}`,
    ]),
  );
}

function loads({ before, after, moves }: Plan, look: Style): string {
  if (before.length === 0) return '';
  const fullPct = Math.max(
    100,
    ...before.map(({ loadPct }) => loadPct),
    ...after.map(({ loadPct }) => loadPct),
  );
  const cells = ({ loadPct, backgroundPct, vcpus }: PcpuLoad) => [
    look.load(loadPct, look.barOfTwo(loadPct - backgroundPct, backgroundPct, fullPct, 20)),
    look.load(loadPct, percent(loadPct)),
    `${vcpus}`,
  ];
  const side = (name: string) =>
    [{ head: name }, { head: '', align: 'right' }, { head: 'vCPUs', align: 'right' }] as const;
  return table(
    [
      { head: 'pCPU', align: 'right' },
      ...side(moves.length === 0 ? 'load' : 'before'),
      ...(moves.length === 0 ? [] : side('after')),
    ],
    before.map((load, i) => {
      const then = after[i];
      const planned = moves.length === 0 || then === undefined ? [] : cells(then);
      return [formatCpuSet(load.cpus), ...cells(load), ...planned];
    }),
  );
}
