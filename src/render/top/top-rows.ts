import { coverageText } from '../../model/coverage.ts';
import { cycleText } from '../cycle-text.ts';
import { clockTime, counted, spanText } from '../figures.ts';
import { loadLine, readyLine } from '../host-figures.ts';
import { pausedText } from '../pause-text.ts';
import type { Style } from '../style.ts';
import { cell } from './cell.ts';
import { domainRows } from './domain-rows.ts';
import { helpRows } from './help-rows.ts';
import { panelRows } from './panel-rows.ts';
import { pcpuRows } from './pcpu-rows.ts';
import type { TopModel } from './top-model.ts';
import { fits, inOrder, type Panel, panels, type Shown, type TopView } from './top-view.ts';

/** What stands around the figures. */
export type Frame = {
  readonly columns: number;
  readonly rows: number;
  /** the connection, as libvirt names it */
  readonly uri: string;
  /** seconds */
  readonly interval: number;
  /** wall clock of what is shown */
  readonly atMs: number;
  readonly unicode: boolean;
  /** what went wrong last; undefined where nothing does */
  readonly problem: string | undefined;
};

/**
 * The live view, a row for each row of the terminal, and what is shown there, for the next key.
 * @param model undefined where there is nothing to show yet
 */
export function topRows(
  model: TopModel | undefined,
  view: TopView,
  frame: Frame,
  look: Style,
): { readonly rows: readonly string[]; readonly shown: Shown } {
  const { columns, rows } = frame;
  const domains = model === undefined ? [] : inOrder(model.domains, view.sort);
  const head = headRows(model, view, frame, look);
  const height = Math.max(0, rows - head.length - 1);
  const body = bodyRows(model, domains, view, { ...frame, rows: height }, look);
  const filled = Array.from({ length: height }, (_, i) => body.rows[i] ?? '');
  const { page = 1, last = 0 } = body;
  const shown = { domains, page: Math.max(1, page), last };
  return { rows: [...head, ...filled, footRow(view, shown, columns, look)].slice(0, rows), shown };
}

function headRows(
  model: TopModel | undefined,
  view: TopView,
  { columns, uri, interval, atMs, problem }: Frame,
  look: Style,
): readonly string[] {
  const right = ` ${view.isPaused ? 'paused at ' : ''}${clockTime(atMs)}, every ${spanText(interval)}`;
  const first = (title: string) =>
    look.bold(cell(title, columns - right.length, 'left', look.ellipsis)) + right;
  const whole = (text: string) => cell(text, columns, 'left', look.ellipsis);
  const trouble = problem === undefined ? [] : [look.verdict('fault', whole(problem))];
  if (model === undefined) return [first(uri), ...trouble];
  const { report, pcpuGroups } = model;
  const { load, coverage } = report.measured;
  const pcpus = pcpuGroups.flatMap((group) => group.pcpus);
  const { paused } = report;
  const pause = paused === undefined ? [] : [whole(`Balancing is stopped: ${pausedText(paused)}`)];
  const loads = pcpus.map(({ loadPct, hostPct }) => ({ loadPct, backgroundPct: hostPct }));
  const counts = [
    counted(pcpus.length, 'pCPU'),
    counted(new Set(load.vcpus.map(({ domain }) => domain.uuid)).size, 'domain'),
    counted(load.vcpus.length, 'vCPU'),
    ...(coverage.measured === coverage.running ? [] : [coverageText(coverage)]),
  ];
  const figures = [loads.length === 0 ? '' : loadLine(loads), ...readyLine(load.vcpus)].join('. ');
  return [
    first(`${uri}: ${counts.join(', ')}`),
    whole(figures),
    whole(`Plan: ${cycleText(report)}`),
    ...pause,
    ...trouble,
  ];
}

type Body = { readonly rows: readonly string[] } & Partial<Omit<Shown, 'domains'>>;

/** From that many columns on, the panels stand beside the domains. */
const columnsForTwo = 120;

/** @param frame with as many rows as the body has */
function bodyRows(
  whole: TopModel | undefined,
  domains: Shown['domains'],
  view: TopView,
  { columns, rows, unicode }: Frame,
  look: Style,
): Body {
  if (view.isHelp) return { rows: helpRows({ unicode, columns }, look) };
  if (whole === undefined) return { rows: ['', 'Measuring ...'] };
  const model = { ...whole, domains };
  const pcpus = pcpuRows(model, columns, Math.max(2, Math.floor(rows * 0.42)), look, unicode);
  const top = [...pcpus, ''];
  const rest = Math.max(0, rows - top.length);
  const panel = (name: Panel, width: number, height: number) =>
    panelRows(name, model, view, { columns: width, rows: height, unicode }, look);
  if (view.zoomed !== undefined) {
    const { rows: lines, last } = panel(view.panel, columns, rest);
    return { rows: [...top, ...lines], page: rest - 2, last };
  }
  if (columns < columnsForTwo) {
    const below = Math.max(Math.min(8, Math.floor(rest / 2)), rest - domains.length - 2);
    const above = domainRows(domains, view, columns, rest - below, look);
    return { rows: [...top, ...above, ...panel(view.panel, columns, below).rows], page: rest - below - 2 };
  }
  const left = Math.min(72, Math.floor(columns / 2) - 1);
  const third = Math.floor(rest / 3);
  const heights: Readonly<Record<Panel, number>> = { vCPUs: third, plan: third, moves: rest - 2 * third };
  const beside = panels.flatMap((name) => panel(name, columns - left - 2, heights[name]).rows);
  const sides = domainRows(domains, view, left, rest, look).map((row, i) => `${row}  ${beside[i] ?? ''}`);
  return { rows: [...top, ...sides], page: rest - 2 };
}

function footRow(view: TopView, { domains }: Shown, columns: number, look: Style): string {
  if (view.isTyping) {
    const isVain = view.search !== '' && !domains.some((domain) => fits(view, domain));
    return cell(`/${view.search}_${isVain ? '   no domain fits' : ''}`, columns);
  }
  const keys = [
    'q quit',
    'h help',
    '/ search',
    `s sort: ${view.sort}`,
    `Tab ${view.panel}`,
    `Enter ${view.zoomed === undefined ? 'more' : 'less'}`,
    `p ${view.isPaused ? 'continue' : 'pause'}`,
  ];
  return look.inverse(cell(keys.join('   '), columns));
}
