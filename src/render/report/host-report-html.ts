import {
  badPct,
  type Calm,
  type HostReport,
  type Quantiles,
  readyMs,
  wellPct,
  worstFirst,
} from '../../model/host-report.ts';
import { clock } from '../clock.ts';
import { counted, percent, spanText, tenths } from '../figures.ts';
import { labelOf } from '../policy-label.ts';
import { crowdedMs, modelText, reportSummary } from '../report-summary.ts';
import { changesText, recordedText } from '../report-text.ts';
import { domainChart, mostRows, readyLevels } from './domain-chart.ts';
import { hostChart } from './host-chart.ts';
import { type Html, html } from './html.ts';
import { hatching, item, levelItem } from './key.ts';
import { page } from './page.ts';

/** What a page says of itself. */
export type PageFacts = { readonly version: string; readonly time: Date; readonly zone: string };

/** What a recording tells of its host, as a page to hand on: the answer on top, in plain words, then the figures. */
export function hostReportHtml(report: HostReport, { version, time, zone }: PageFacts): string {
  const { name, host, timeline, domains } = report;
  const hasReady = host.ready !== undefined;
  return page(
    `vcpusched report: ${name}`,
    html`${hatching}<h1>What this host is like</h1>
<p class="faint">${name}: ${recordedText(report, zone)}. Made by vcpusched ${version}, ${clock(time.getTime(), zone).moment}.</p>
${facts(report)}
${reportSummary(report, zone).map((sentence) => html`<p class="lead">${unbroken(sentence)}</p>\n`)}<p><strong>Ready</strong> is the time in which a virtual CPU had work and waited for a physical one: CPU Ready, as VMware calls it.
Up to ${wellPct} % (${readyMs(wellPct)} ms of 20 s) is good; from ${badPct} % (${readyMs(badPct)} ms) on users notice it.
The p95 of it is what 95 of 100 measurements do not exceed.</p>
<h2>The host over time</h2>
<div class="together"><ul class="key">
${item(html`<path d="M0 7h28" stroke="var(--spread)" stroke-width="2"/>`, 'mean of all pCPUs, or of all vCPUs')}
${item(html`<path d="M0 7h28" stroke="var(--best)" stroke-width="2"/>`, 'busiest pCPU; 95th percentile of the vCPUs')}
${item(html`<path d="M0 7h28" stroke="var(--faint)" stroke-dasharray="4 3"/>`, `100 % of a pCPU; ready ${wellPct} % and ${badPct} %`)}
</ul>
<figure role="img" aria-label="Load, ready time and moves over time">${hostChart(timeline, zone)}</figure></div>
<p class="faint">A point is ${spanText(timeline.columnMs / 1000)}.</p>
${quantileTable(host)}
${hourTable(report, zone)}
<h2>Balancing</h2>
<p>${unbroken(changesText(report.changes))}</p>
${episodeTable(report, zone)}
${policyTable(report, zone)}
<h2>The domains</h2>
${
  hasReady
    ? html`<div class="together"><ul class="key"><li>Mean ready time:</li>${readyLevels.map(levelItem)}</ul>
<figure role="img" aria-label="Ready time of each domain over time">${domainChart(report, zone)}</figure></div>
${domains.length > mostRows ? html`<p class="faint">The ${mostRows} that waited longest; the others are at the end.</p>` : ''}`
    : html`<p>The recording does not tell how long vCPUs waited.</p>`
}
${domainTable(domains.slice(0, mostRows))}
<h2>How this was found</h2>
${method(report, zone)}
${domains.length > mostRows ? html`<h2>The other domains</h2>\n${domainTable(domains.slice(mostRows))}` : ''}`,
  );
}

/** A number and its unit stay on one line. */
function unbroken(text: string): string {
  return text.replaceAll(/(?<=\d) (?=%|h\b|min\b|s\b)/g, '\u00a0');
}

function facts({ recorded, hours, host, room }: HostReport): Html {
  const more = room.kind === 'unknown' ? '?' : room.isAtLeast ? `≥ ${room.least}` : `${room.vcpus}`;
  return html`<ul class="facts">
<li><strong>${host.ready === undefined ? '?' : spanText(crowdedMs(hours) / 1000)}</strong> crowded, of ${spanText(recorded.measuredMs / 1000)}</li>
<li><strong>${told(host.ready?.p95)}</strong> ready, 95th percentile</li>
<li><strong>${host.load === undefined ? '?' : percent(host.load.mean)}</strong> mean load of the pCPUs</li>
<li><strong>${more}</strong> more vCPUs of this kind fit</li>
</ul>
`;
}

function told(pct: number | undefined): string {
  return pct === undefined ? '?' : tenths(pct);
}

function sheet(heads: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<div class="scroll"><table class="plain">
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([first = '', ...others]) =>
    html`<tr><th scope="row">${first}</th>${others.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
)}</tbody>
</table></div>
`;
}

function cells(of: Quantiles | undefined, text: (pct: number) => string = tenths): readonly string[] {
  return of === undefined ? ['?', '?', '?', '?'] : [of.p50, of.p95, of.p99, of.mean].map(text);
}

function quantileTable({ load, busiest, usage, ready, capped }: HostReport['host']): Html {
  return sheet(
    ['over all 20 s', 'p50', 'p95', 'p99', 'mean'],
    [
      ['load of the pCPUs', ...cells(load, percent)],
      ['load of the busiest pCPU', ...cells(busiest, percent)],
      ['usage of a vCPU', ...cells(usage)],
      ['ready of a vCPU', ...cells(ready)],
      ['ready, ms of 20 s', ...cells(ready, (pct) => `${Math.round(readyMs(pct))} ms`)],
      ...(capped === undefined ? [] : [['capped by a quota', ...cells(capped)]]),
    ],
  );
}

function hourTable({ hours }: HostReport, zone: string): Html {
  const worst = hours
    .filter(({ ready }) => ready !== undefined)
    .toSorted(worstFirst)
    .slice(0, 5);
  return sheet(
    ['worst hours', 'ready p95', 'ready p99', 'ready mean', 'load mean', 'busiest pCPU'],
    worst.map(({ fromMs, ready, meanLoadPct, mostLoadPct }) => [
      clock(fromMs, zone).hour,
      told(ready?.p95),
      told(ready?.p99),
      told(ready?.mean),
      percent(meanLoadPct),
      percent(mostLoadPct),
    ]),
  );
}

function domainTable(domains: HostReport['domains']): Html {
  const isCapped = domains.some(({ capped }) => capped !== undefined);
  return sheet(
    [
      'domain',
      'vCPUs',
      ...['usage p50', 'p95', 'p99', 'ready p50', 'p95', 'p99', 'p95 ms of 20 s'],
      ...(isCapped ? ['capped p95'] : []),
    ],
    domains.map(({ domain, vcpus, usage, ready, capped }) => [
      domain.name,
      `${vcpus}`,
      ...cells(usage).slice(0, 3),
      ...cells(ready).slice(0, 3),
      ready === undefined ? '?' : `${Math.round(readyMs(ready.p95))}`,
      ...(isCapped ? [capped === undefined ? '' : tenths(capped.p95)] : []),
    ]),
  );
}

function episodeTable({ changes }: HostReport, zone: string): Html {
  if (changes === undefined) return html``;
  const calm = (of: Calm | undefined) =>
    of === undefined ? ['?', '?'] : [told(of.readyPct), of.spread.toFixed(1)];
  return sheet(
    ['largest episodes', 'changes', 'ready before', 'spread', 'ready after', 'spread'],
    changes.largest.map(({ fromMs, changes: count, before, after }) => [
      clock(fromMs, zone).moment,
      `${count}`,
      ...calm(before),
      ...calm(after),
    ]),
  );
}

function policyTable({ comparison }: HostReport, zone: string): Html {
  if (comparison.kind === 'unknown') return html`<p>Policies were not tried: ${comparison.reason}.</p>`;
  return html`<p>What each policy would have done in the hour from ${clock(comparison.stretch.fromMs, zone).moment}, the best first:</p>
${sheet(
  ['policy', 'ready p50', 'p95', 'p99', 'mean', 'moves'],
  [
    ['as recorded', ...cells(comparison.recorded), ''],
    ...comparison.results.map(({ ready, moves, ...which }) => [labelOf(which), ...cells(ready), `${moves}`]),
  ],
)}`;
}

function method({ room, comparison }: HostReport, zone: string): Html {
  const searched =
    room.kind === 'unknown'
      ? html``
      : html`<p>Room: the busiest hour, from ${clock(room.stretch.fromMs, zone).moment}, was run again with more and more vCPUs,
until the 95th percentile of ready time of all vCPUs passed ${room.limitPct.toFixed(1)} % in a model of the host${room.limitPct < wellPct ? `: ${wellPct} %, less by as much as the model makes ready time too short` : ''}. Each added vCPU wants what one of the recorded vCPUs wanted at
that time, drawn by chance, and may run anywhere. Three draws gave ${room.least} to ${room.most}, searched in steps of ${counted(room.step, 'vCPU')}.
Memory, caches, disks and networks are not in the model.</p>`;
  return html`<p>Percentiles are over all stretches of 20 s of all vCPUs. The host is crowded while
more than one vCPU of twenty has a ready time above ${wellPct} %.</p>
${comparison.kind === 'unknown' ? '' : html`<p>Policies were tried on a model of the host, which had the recorded demands and the pins of the start of that hour. The line <em>none</em> shows what the model makes of the host as it was. ${unbroken(modelText(comparison) ?? '')}</p>`}
${searched}`;
}
