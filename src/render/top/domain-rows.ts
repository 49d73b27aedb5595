import { formatCpuSet } from '../../model/cpu-set.ts';
import { percent } from '../figures.ts';
import type { Style } from '../style.ts';
import { cell } from './cell.ts';
import { pcpusUnder, type TopDomain } from './top-model.ts';
import { fits, type Order, placeOf, type TopView } from './top-view.ts';

/**
 * A head and the domains around the chosen one, in the order given. Each row is exactly as wide as there is room, so that
 * something can stand beside it.
 */
export function domainRows(
  domains: readonly TopDomain[],
  view: TopView,
  columns: number,
  rows: number,
  look: Style,
): readonly string[] {
  const pcpusWidth = columns >= 64 ? 12 : 0;
  const figuresWidth = figureWidths.reduce((sum, width) => sum + 1 + width, 0);
  const nameWidth = Math.max(8, columns - 1 - figuresWidth - pcpusWidth);
  const line = ([name = '', ...others]: readonly string[]) => {
    const figures = figureWidths.map((width, i) => ` ${cell(others[i] ?? '', width, 'right')}`);
    const pcpus = `  ${others[figureWidths.length] ?? ''}`;
    const cells = [cell(name, nameWidth, 'left', look.ellipsis), ...figures];
    return cells.join('') + cell(pcpus, pcpusWidth, 'left', look.ellipsis);
  };
  const heads = ['domain', 'vCPUs', 'usage', 'demand', 'ready', 'plan', 'moved', 'pCPUs'];
  const head = ` ${line(heads.map((text) => (text === headOf[view.sort] ? `*${text}` : text)))}`;
  const place = placeOf(view, { domains });
  const room = Math.max(0, rows - 1);
  const from = Math.max(0, Math.min(domains.length - room, place - Math.floor(room / 2)));
  const shown = domains.slice(from, from + room).map((domain, i) => {
    const isChosen = from + i === place;
    const text = cell(`${isChosen ? '>' : ' '}${line(domainCells(domain))}`, columns);
    if (isChosen) return look.inverse(text);
    return fits(view, domain) ? look.bold(text) : text;
  });
  const filled = Array.from({ length: room }, (_, i) => shown[i] ?? ' '.repeat(columns));
  return [look.bold(cell(head, columns)), ...filled].slice(0, rows);
}

/** Of vCPUs, usage, demand, ready, plan and moved. */
const figureWidths = [5, 7, 7, 6, 4, 6];

/** The column that an order is by. */
const headOf: Readonly<Record<Order, string>> = {
  ready: 'ready',
  demand: 'demand',
  moves: 'moved',
  name: 'domain',
};

function domainCells(each: TopDomain): readonly string[] {
  const { domain, vcpus, usagePct, demandPct: wanted, readyPct, unknown, planned, made } = each;
  const isUnknown = unknown === vcpus.length;
  return [
    domain.name,
    `${vcpus.length}`,
    isUnknown ? '?' : percent(usagePct),
    isUnknown ? '?' : percent(wanted),
    readyPct === undefined ? (isUnknown ? '?' : '-') : percent(readyPct),
    planned.length === 0 ? '' : `${planned.length}`,
    made === 0 ? '' : `${made}`,
    formatCpuSet(pcpusUnder(each)),
  ];
}
