import { join } from 'node:path';
import { markdown, verdict } from '../support/document.ts';
import { fewestMoves, randomHosts } from '../support/hosts.ts';
import {
  nameOf,
  percent,
  type Result,
  scenario,
  scenarioFiles,
  scenarios,
  simulate,
  sum,
} from '../support/run.ts';

/** The 19 standard cases. */
export function standard(): readonly string[] {
  const results = simulate(scenarioFiles('standard'));
  return [
    balanceTable('case', results, [
      ['**all**', first(results), sum(results, 'moves'), sum(results, 'movesAfterBalance'), '', ''],
    ]),
    verdict(
      'every case by the first decision',
      results.every((each) => each.balancedByFirstDecision),
    ),
    verdict('at most 36 moves', sum(results, 'moves') <= 36),
    verdict('none after', sum(results, 'movesAfterBalance') === 0),
  ];
}

/** Three hosts of which the fewest moves are known. */
export function small(): readonly string[] {
  const wanted = new Map([
    ['sixteen-on-eight', 14],
    ['full-on-four', 6],
    ['three-on-eight', 2],
  ]);
  const results = simulate([...wanted.keys()].map((name) => join(scenarios, `${name}.toml`)));
  return [
    balanceTable('host', results),
    verdict(
      'by the first decision, with 14, 6 and 2 moves and none after',
      results.every(
        ({ input, moves, movesAfterBalance, balancedByFirstDecision }) =>
          balancedByFirstDecision && moves === wanted.get(nameOf(input)) && movesAfterBalance === 0,
      ),
    ),
  ];
}

/** Random hosts, against brute force. */
export function random(): readonly string[] {
  const hosts = randomHosts(200);
  const results = simulate(
    hosts.map(({ toml }, i) => scenario(`random-${i}`, toml)),
    ['--cycles', '10'],
  );
  const byInput = new Map(results.map((each) => [nameOf(each.input), each]));
  const rows = hosts.flatMap((host, i) => {
    const result = byInput.get(`random-${i}`);
    return result === undefined ? [] : [{ ...result, fewest: fewestMoves(host, result.finalSd) }];
  });
  const balanced = rows.filter(({ finalSd, bestSd }) => finalSd <= bestSd + 5).length;
  const least = rows.filter(({ moves, fewest }) => moves <= fewest).length / rows.length;
  const head = [
    'hosts',
    'best spread exact',
    'balanced',
    'by the first decision',
    'moves',
    'fewest for the spread reached',
    'with the fewest',
    'moves after balance',
  ];
  const row = [
    rows.length,
    rows.filter(({ bestSdSearch }) => bestSdSearch === 'exact').length,
    balanced,
    rows.filter(({ balancedByFirstDecision }) => balancedByFirstDecision).length,
    sum(rows, 'moves'),
    sum(rows, 'fewest'),
    percent(least),
    sum(rows, 'movesAfterBalance'),
  ];
  return [
    markdown(head, [row]),
    verdict('all balanced', balanced === hosts.length),
    verdict('the fewest moves in at least 90 %', least >= 0.9),
  ];
}

/** A row for each result, and more below. */
function balanceTable(
  what: string,
  results: readonly Result[],
  more: readonly (readonly (string | number)[])[] = [],
): string {
  const head = [what, 'balanced by the first decision', 'moves', 'after balance', 'spread', 'best'];
  return markdown(head, [...results.map(balanceRow), ...more]);
}

function balanceRow(result: Result): readonly (string | number)[] {
  const { input, balancedByFirstDecision, moves, movesAfterBalance, finalSd, bestSd, bestSdSearch } = result;
  return [
    nameOf(input),
    balancedByFirstDecision ? 'yes' : 'no',
    moves,
    movesAfterBalance,
    finalSd.toFixed(1),
    `${bestSdSearch === 'exact' ? '' : '≤ '}${bestSd.toFixed(1)}`,
  ];
}

function first(results: readonly Result[]): string {
  return `${results.filter((each) => each.balancedByFirstDecision).length} of ${results.length}`;
}
