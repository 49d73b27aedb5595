import { formatCpuSet } from '../../model/cpu-set.ts';
import { demandPct, type VcpuLoad, whereItCounts } from '../../model/host-load.ts';
import type { Plan } from '../../model/plan.ts';
import { clockTime, counted, percent } from '../figures.ts';
import type { Style } from '../style.ts';
import { cell } from './cell.ts';
import { type MadeMove, plannedFor, type TopDomain, type TopModel } from './top-model.ts';
import { type Panel, placeOf, type TopView } from './top-view.ts';

/** Where a panel stands. */
export type Room = { readonly columns: number; readonly rows: number; readonly unicode: boolean };

/**
 * A title and what there is to tell below it: the vCPUs of the chosen domain, the moves of the plan, or those made.
 * @returns also the first line that a panel of this size can be scrolled to
 */
export function panelRows(
  name: Panel,
  model: TopModel,
  view: TopView,
  { columns, rows, unicode }: Room,
  look: Style,
): { readonly rows: readonly string[]; readonly last: number } {
  if (rows <= 0) return { rows: [], last: 0 };
  const { title, head = [], count, line } = contents[name](model, view, unicode ? '→' : '->');
  const fitted = (text: string) => cell(text, columns, 'left', look.ellipsis);
  const space = Math.max(0, rows - 1 - head.length);
  const last = Math.max(0, count - space);
  const from = Math.min(view.zoomed ?? 0, last);
  const isCut = view.zoomed === undefined && count > space;
  const lines = Array.from({ length: Math.min(count - from, isCut ? space - 1 : space) }, (_, i) =>
    fitted(line(from + i)),
  );
  const more = isCut ? [look.dim(fitted(`${count - lines.length} more: Enter`))] : [];
  const dress = name === view.panel ? look.inverse : look.bold;
  const range = view.zoomed === undefined || last === 0 ? '' : `, from ${from + 1} of ${count}`;
  const all = [
    dress(fitted(`${title}${range}`)),
    ...head.map((text) => look.bold(fitted(text))),
    ...lines,
    ...more,
  ];
  return { rows: Array.from({ length: rows }, (_, i) => all[i] ?? ''), last };
}

type Content = {
  readonly title: string;
  readonly head?: readonly string[];
  /** of lines, each made only where it is shown */
  readonly count: number;
  readonly line: (i: number) => string;
};

const contents: Readonly<Record<Panel, (model: TopModel, view: TopView, arrow: string) => Content>> = {
  vCPUs: ({ domains, report: { plan } }, view) => {
    const chosen = domains[placeOf(view, { domains })];
    if (chosen === undefined) return { title: 'vCPUs', count: 0, line: () => '' };
    const head = vcpuLine(['vCPU', 'pCPU', 'usage', 'demand', 'ready'], 'affinity', 'plan');
    return {
      title: `vCPUs of ${chosen.domain.name}`,
      head: [head],
      ...listed(chosen.vcpus, (vcpu) => vcpuText(vcpu, chosen, plan)),
    };
  },
  plan: ({ report: { plan }, plannedAtMs }, _, arrow) => ({
    title: `Plan of ${clockTime(plannedAtMs)}: ${counted(plan.moves.length, 'move')}`,
    ...listed(plan.moves, (move) => `${moveText(move, arrow)}  ${move.reason}`),
  }),
  moves: ({ made, balancer }, _, arrow) => ({
    title: `Last hour: ${counted(made.length, 'pin')}; ${
      balancer === undefined ? 'no other vcpusched known' : `${balancer.command} (pid ${balancer.pid}) runs`
    }`,
    ...listed(made, (move) => `${clockTime(move.atMs)}  ${moveText(move, arrow)}`),
  }),
};

function listed<T>(items: readonly T[], text: (item: T) => string): Pick<Content, 'count' | 'line'> {
  return {
    count: items.length,
    line: (i) => {
      const item = items[i];
      return item === undefined ? '' : text(item);
    },
  };
}

function vcpuText(each: VcpuLoad, chosen: TopDomain, { leftAlone }: Plan): string {
  const { reading, placement, vcpu } = each;
  const shares =
    reading.kind === 'measured'
      ? [reading.usagePct, demandPct(reading), reading.delayPct].map((pct) =>
          pct === undefined ? '-' : percent(pct),
        )
      : ['?', '?', '?'];
  const move = plannedFor(chosen, each);
  const left = leftAlone.find(
    ({ domain, vcpu: number }) => domain.uuid === chosen.domain.uuid && (number ?? vcpu) === vcpu,
  );
  const plan = move === undefined ? `${left?.reason ?? ''}` : `to ${formatCpuSet(move.to)}`;
  return vcpuLine([`${vcpu}`, `${whereItCounts(each)}`, ...shares], formatCpuSet(placement.affinity), plan);
}

function vcpuLine(figures: readonly string[], affinity: string, plan: string): string {
  const cells = figures.map((text) => cell(text, 7, 'right'));
  return `${cells.join('')}  ${cell(affinity, 10, 'left', '~')}  ${plan}`;
}

function moveText(
  { domain, vcpu, from, to }: Pick<MadeMove, 'domain' | 'vcpu' | 'from' | 'to'>,
  arrow: string,
): string {
  return `${domain.name} vCPU ${vcpu}, pCPU ${formatCpuSet(from)} ${arrow} ${formatCpuSet(to)}`;
}
