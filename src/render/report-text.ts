import {
  type AffinityChanges,
  badPct,
  type Calm,
  type Comparison,
  type DomainFigures,
  type HostReport,
  type Quantiles,
  readyMs,
  wellPct,
  worstFirst,
} from '../model/host-report.ts';
import { clock } from './clock.ts';
import { counted, percent, spanText, tenths } from './figures.ts';
import { labelOf } from './policy-label.ts';
import { modelText, reportSummary } from './report-summary.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { type Column, table } from './table.ts';
import { wrap } from './wrap.ts';

/** How much of it is shown, and by whose clock. */
export type ReportView = { readonly zone: string; readonly isWhole: boolean };

/** What a recording tells of its host: a few sentences, then the figures. */
export function reportText(report: HostReport, { zone, isWhole }: ReportView, look: Style): string {
  const { host, hours, domains, changes, comparison } = report;
  const model = modelText(comparison);
  const line = (text: string) => `${wrap(safeText(text), Math.min(look.columns, width), '')}\n`;
  const worst = hours
    .filter(({ ready }) => ready !== undefined)
    .toSorted(worstFirst)
    .slice(0, shownHours);
  const shown = isWhole ? domains : domains.slice(0, shownDomains);
  const hidden = domains.length - shown.length;
  return [
    look.bold(line(report.name).trimEnd()),
    '\n',
    line(recordedText(report, zone)),
    '\n',
    ...reportSummary(report, zone).map(line),
    '\n',
    table(heads('', ['p50', 'p95', 'p99', 'mean']), hostRows(host), look),
    line(
      `Ready up to ${wellPct} % (${readyMs(wellPct)} ms of 20 s) is good, ${badPct} % (${readyMs(badPct)} ms) is bad.`,
    ),
    '\n',
    table(
      heads('worst hours', ['ready p95', 'ready mean', 'load mean', 'busiest pCPU']),
      worst.map(({ fromMs, ready, meanLoadPct, mostLoadPct }) => [
        clock(fromMs, zone).hour,
        percentOrNot(ready?.p95),
        percentOrNot(ready?.mean),
        percent(meanLoadPct),
        percent(mostLoadPct),
      ]),
      look,
    ),
    '\n',
    domainTable(shown, look),
    hidden > 0 ? line(`and ${counted(hidden, 'domain')} with less; --verbose shows all`) : '',
    '\n',
    line(changesText(changes)),
    policyTable(comparison, zone, look),
    model === undefined ? '' : line(model),
  ].join('');
}

/** Of a terminal. */
const width = 80;
const shownHours = 5;
const shownDomains = 20;

export function recordedText({ recorded }: Pick<HostReport, 'recorded'>, zone: string): string {
  const { fromMs, toMs, samples, gaps, measuredMs, pcpus, domains, vcpus, unknownShare } = recorded;
  const missing =
    gaps === 0 ? '' : `, measured for ${spanText(measuredMs / 1000)} with ${counted(gaps, 'gap')}`;
  const unknown =
    unknownShare < 0.001 ? '' : `; ${tenths(100 * unknownShare)} of the time of vCPUs is unknown`;
  return `${counted(pcpus, 'pCPU')}, ${counted(domains, 'domain')}, ${counted(vcpus, 'vCPU')}; ${counted(samples, 'sample')} from ${clock(fromMs, zone).moment} to ${clock(toMs, zone).moment} (${zone})${missing}${unknown}`;
}

function heads(first: string, others: readonly string[]): readonly Column[] {
  return [{ head: first, least: 8 }, ...others.map((head) => ({ head, align: 'right', least: 6 }) as const)];
}

function hostRows({
  load,
  busiest,
  usage,
  ready,
  capped,
}: HostReport['host']): readonly (readonly string[])[] {
  return [
    ['load of the pCPUs', ...quantileCells(load, percent)],
    ['load of the busiest pCPU', ...quantileCells(busiest, percent)],
    ['usage of a vCPU', ...quantileCells(usage)],
    ['ready of a vCPU', ...quantileCells(ready)],
    ['  in ms of 20 s', ...quantileCells(ready, (pct) => `${Math.round(readyMs(pct))} ms`)],
    ...(capped === undefined ? [] : [['capped by a quota', ...quantileCells(capped)]]),
  ];
}

function quantileCells(of: Quantiles | undefined, told: (pct: number) => string = tenths): readonly string[] {
  if (of === undefined) return ['?', '?', '?', '?'];
  return [of.p50, of.p95, of.p99, of.mean].map(told);
}

function domainTable(domains: readonly DomainFigures[], look: Style): string {
  const isCapped = domains.some(({ capped }) => capped !== undefined);
  const columns = heads('domain', [
    'vCPUs',
    'usage p95',
    'ready p50',
    'p95',
    'p99',
    'p95 ms of 20 s',
    ...(isCapped ? ['capped p95'] : []),
  ]);
  const rows = domains.map(({ domain, vcpus, usage, ready, capped }) => [
    safeText(domain.name),
    `${vcpus}`,
    percentOrNot(usage?.p95),
    percentOrNot(ready?.p50),
    percentOrNot(ready?.p95),
    percentOrNot(ready?.p99),
    ready === undefined ? '?' : `${Math.round(readyMs(ready.p95))}`,
    ...(isCapped ? [capped === undefined ? '' : tenths(capped.p95)] : []),
  ]);
  return table(columns, rows, look);
}

function policyTable(comparison: Comparison, zone: string, look: Style): string {
  if (comparison.kind === 'unknown') return '';
  const { stretch, recorded, results } = comparison;
  const first = `hour from ${clock(stretch.fromMs, zone).time}`;
  return `\n${table(
    heads(first, ['ready p50', 'p95', 'p99', 'mean', 'moves']),
    [
      ['as recorded', ...quantileCells(recorded), ''],
      ...results.map(({ ready, moves, ...which }) => [labelOf(which), ...quantileCells(ready), `${moves}`]),
    ],
    look,
  )}`;
}

function percentOrNot(pct: number | undefined): string {
  return pct === undefined ? '?' : tenths(pct);
}

/** What somebody, a balancer perhaps, did to affinities, and what came of it. */
export function changesText(changes: AffinityChanges | undefined): string {
  if (changes === undefined) return 'Balancing: none. No affinity changed while it was recorded.';
  const { count, moves, episodes, before, after } = changes;
  const what = `Balancing: ${counted(count, 'change')} of affinities, ${counted(moves, 'move')} among them, in ${counted(episodes, 'episode')}.`;
  if (before === undefined || after === undefined) return `${what} What it brought is unknown.`;
  return `${what} Mean of the minute before and the minute after: ready ${calmText(before)} and ${calmText(after)}.`;
}

function calmText({ readyPct, spread }: Calm): string {
  return `${percentOrNot(readyPct)} with a spread of ${spread.toFixed(1)} points`;
}
