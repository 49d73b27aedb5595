import type { Score } from '../../model/score.ts';
import { spanText } from '../figures.ts';
import { labelOf } from '../policy-label.ts';
import { type Html, html } from './html.ts';
import type { ReportRun } from './report.ts';

/** The scores of one input, a row for each policy and setting. */
export function scoreTable(runs: readonly ReportRun[]): Html {
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">policy</th>${columns.map(({ head }) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${runs.map(
  (
    run,
  ) => html`<tr><th scope="row">${labelOf(run)}</th>${columns.map(({ cell }) => html`<td>${cell(run.score)}</td>`)}</tr>
`,
)}</tbody>
</table></div>
`;
}

type ScoreColumn = {
  readonly head: string;
  readonly cell: (score: Score) => string;
  readonly meaning: string;
};

const columns: readonly ScoreColumn[] = [
  {
    head: 'above oracle',
    cell: ({ excessPct }) => `${excessPct.toFixed(2)} %`,
    meaning:
      'how much longer the vCPUs waited than under an oracle, in per cent of the CPU time they wanted. The oracle knows what is going to be wanted and divides the host anew in each cycle; less than nothing means that the policy did better than that',
  },
  {
    head: 'ready',
    cell: ({ stealSeconds }) => `${stealSeconds.toFixed(1)} s`,
    meaning: 'CPU time that the vCPUs wanted and did not get',
  },
  {
    head: 'unbalanced',
    cell: ({ unbalancedShare }) => `${(100 * unbalancedShare).toFixed(1)} %`,
    meaning:
      'share of the time in which the spread was more than 5 points above the best that could be reached',
  },
  {
    head: 'balanced after',
    cell: ({ secondsToBalance, balancedByFirstDecision }) =>
      secondsToBalance === undefined
        ? 'never'
        : `${spanText(secondsToBalance)}${balancedByFirstDecision ? '' : ' (later)'}`,
    meaning:
      'when it was balanced for the first time; “later” where it was not so right after the first decision',
  },
  {
    head: 'moves',
    cell: ({ moves }) => `${moves}`,
    meaning: 'of a vCPU from one pCPU to another; the first pin of a floating one is none',
  },
  {
    head: 'per vCPU\u00a0h',
    cell: ({ movesPerVcpuHour }) => movesPerVcpuHour.toFixed(1),
    meaning: 'moves for each vCPU and hour',
  },
  {
    head: 'needless',
    cell: ({ movesAfterBalance }) => `${movesAfterBalance}`,
    meaning: 'moves made while all was balanced and nobody had come to want anything else',
  },
  { head: 'last spread', cell: ({ finalSd }) => finalSd.toFixed(1), meaning: 'in the last cycle, points' },
  {
    head: 'best spread',
    cell: ({ bestSd, bestSdSearch }) => `${bestSdSearch === 'exact' ? '' : '≤ '}${bestSd.toFixed(1)}`,
    meaning: 'that could be reached then; ≤ where the search for it was cut short',
  },
];

/** What the columns of the table say. */
export const columnMeanings: Html = html`<dl>
${columns.map(({ head, meaning }) => html`<dt>${head}</dt><dd>${meaning}.</dd>\n`)}
</dl>
`;
