import { counted, spanText } from '../figures.ts';
import { labelOf } from '../policy-label.ts';
import { columnsOf } from './columns.ts';
import { type Html, html } from './html.ts';
import { key } from './key.ts';
import { page } from './page.ts';
import type { Report, ReportInput, ReportRun } from './report.ts';
import { runChart } from './run-chart.ts';
import { columnMeanings, scoreTable } from './score-table.ts';

/** The report of a simulation: a page with charts. */
export function reportHtml({ version, time, options, verdict, inputs }: Report): string {
  return page(
    `vcpusched simulate: ${inputs.map(({ name }) => name).join(', ')}`,
    html`<h1>What each policy would have done</h1>
<p class="faint">Simulated by vcpusched ${version}, ${time.toISOString().slice(0, 16).replace('T', ' ')} UTC${
      options.length === 0 ? '.' : html`, with <code>${options.join(' ')}</code>.`
    }</p>
<p class="lead"><strong>Best:</strong> ${verdict}</p>
<p>Each policy began with the same host and decided in virtual time, by the code that pins real vCPUs. In each
table and below it the best policy comes first: the one that left the vCPUs waiting least.</p>
${key}
${inputs.map(section)}
<h2>What the columns say</h2>
${columnMeanings}`,
  );
}

function section(input: ReportInput): Html {
  const { name, runs, intervalSeconds, bestSds, domainCount, vcpuCount } = input;
  const thinned = runs.map((run) => columnsOf(run.cycles, bestSds));
  const sds = thinned.flatMap(({ columns }) => columns.flatMap(({ sd, bestSd }) => [sd, bestSd]));
  const mostSd = Math.ceil((sds.reduce((most, sd) => Math.max(most, sd), 0) + 1) / 10) * 10;
  const [first] = thinned;
  const pcpuCount = first?.pcpus.length ?? 0;
  const perColumn = first?.cyclesPerColumn ?? 1;
  return html`<section>
<h2>${name}</h2>
<p>${counted(vcpuCount, 'vCPU')} of ${counted(domainCount, 'domain')} on ${counted(pcpuCount, 'pCPU')}, for
${spanText(bestSds.length * intervalSeconds)}: ${bestSds.length} cycles of ${intervalSeconds} s.
${perColumn === 1 ? '' : `Too many to draw them all: each column of a chart is ${perColumn} cycles, with the highest load of each pCPU, their mean spread and all of their moves.`}</p>
${scoreTable(runs)}
${runs.map((run, i) => {
  const columns = thinned[i];
  return columns === undefined
    ? html``
    : runFigure(run, runChart(columns, run.cycles, { intervalSeconds, mostSd }));
})}
</section>
`;
}

function runFigure({ policy, swept, score }: ReportRun, chart: Html): Html {
  const label = labelOf({ policy, swept });
  return html`<h3>${label}</h3>
<figure role="img" aria-label="The loads of the pCPUs, their spread and the moves, over time, under ${label}">
${chart}</figure>
<p class="faint">${counted(score.moves, 'move')}; in the last cycle a spread of ${score.finalSd.toFixed(1)} points, where
${score.bestSd.toFixed(1)} could be reached.</p>
`;
}
