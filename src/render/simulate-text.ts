import { groupBy } from '../model/group-by.ts';
import type { Score, SimulationResult } from '../model/score.ts';
import { counted } from './figures.ts';
import { labelOf } from './policy-label.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { type Column, table, tableWidth } from './table.ts';
import { wrap } from './wrap.ts';

/**
 * What came of a simulation: a table for all inputs, in each the best first, and which policy did best. A terminal that is
 * too narrow gets a smaller table for each input.
 */
export function simulateText(results: readonly SimulationResult[], look: Style): string {
  const inputs = [...groupBy(results, ({ input }) => input)].map(
    ([input, own]) => [input, bestFirst(own).map(cells)] as const,
  );
  const all = inputs.flatMap(([, rows]) => rows);
  const best = `${look.bold('Best:')} ${wrap(verdict(results), look.columns, '      ')}\n`;
  if (tableWidth(columns, all) <= look.columns) return `${table(columns, all)}\n${best}`;
  const narrow = <T>(each: readonly T[]) => each.filter((_, i) => columns[i]?.isOnlyWide !== true);
  const sheets = inputs.map(
    ([input, rows]) => `${look.bold(safeText(input))}\n${table(narrow(columns), rows.map(narrow), look)}\n`,
  );
  return `${sheets.join('')}${best}`;
}

/** By starvation, then by how long it took to balance, then by moves; else as they came. */
export function bestFirst<R extends SimulationResult>(results: readonly R[]): readonly R[] {
  return results.toSorted((a, b) => compare(a.score, b.score));
}

/** What puts one before another. */
type Rank = Pick<Score, 'excessPct' | 'unbalancedShare' | 'moves'>;

function compare(a: Rank, b: Rank): number {
  return (
    rounded(a.excessPct) - rounded(b.excessPct) || a.unbalancedShare - b.unbalancedShare || a.moves - b.moves
  );
}

const columns: readonly (Column & { readonly isOnlyWide?: true })[] = [
  { head: 'input', isOnlyWide: true },
  { head: 'policy', least: 9 },
  { head: 'balanced after', align: 'right', least: 8 },
  { head: 'unbalanced', align: 'right' },
  { head: 'moves', align: 'right' },
  { head: '/vCPU h', align: 'right', isOnlyWide: true },
  { head: 'late', align: 'right' },
  { head: 'spread', align: 'right' },
  { head: 'best', align: 'right' },
  { head: 'ready', align: 'right' },
  { head: 'above oracle', align: 'right', least: 8 },
];

function cells({ input, policy, swept, score }: SimulationResult): readonly string[] {
  const { secondsToBalance: seconds, balancedByFirstDecision } = score;
  const after = seconds === undefined ? 'never' : `${seconds} s${balancedByFirstDecision ? '' : ' !'}`;
  return [
    safeText(input),
    labelOf({ policy, swept }),
    after,
    `${(100 * score.unbalancedShare).toFixed(1)} %`,
    `${score.moves}`,
    score.movesPerVcpuHour.toFixed(1),
    `${score.movesAfterBalance}`,
    score.finalSd.toFixed(1),
    `${score.bestSdSearch === 'exact' ? '' : '<= '}${score.bestSd.toFixed(1)}`,
    `${score.stealSeconds.toFixed(1)} s`,
    `${hundredths(score.excessPct)} %`,
  ];
}

/** Over all inputs: the least starvation above the oracle's in the mean, and by how much. */
export function verdict(results: readonly SimulationResult[]): string {
  const standings = [...groupBy(results, ({ policy, swept }) => labelOf({ policy, swept }))]
    .map(([label, own]) => standingOf(label, own))
    .toSorted(compare);
  const [first] = standings;
  if (first === undefined) return 'there is nothing to compare';
  const equal = standings.filter((each) => compare(first, each) === 0);
  const next = standings[equal.length];
  const best = `${equal.map(({ label }) => label).join(', ')} with ${figures(first)}`;
  if (next === undefined) return standings.length === 1 ? best : `no difference: ${best}`;
  const behind = (rounded(next.excessPct) - rounded(first.excessPct)) / 100;
  const gap = behind > 0 ? `, ${behind.toFixed(2)} points ahead` : '';
  return `${best}${gap}; next ${next.label} with ${figures(next)}`;
}

/** How a policy did on all inputs together. */
type Standing = Rank & { readonly label: string };

function standingOf(label: string, own: readonly SimulationResult[]): Standing {
  return {
    label,
    excessPct: mean(own.map(({ score }) => score.excessPct)),
    unbalancedShare: mean(own.map(({ score }) => score.unbalancedShare)),
    moves: own.reduce((sum, { score }) => sum + score.moves, 0),
  };
}

function figures({ excessPct, unbalancedShare, moves }: Rank): string {
  return `${hundredths(excessPct)} % of the demand starved above the oracle's, unbalanced ${(100 * unbalancedShare).toFixed(1)} % of the time, ${counted(moves, 'move')}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Without a sign on nothing. */
function hundredths(pct: number): string {
  return pct.toFixed(2).replace(/^-(0\.00)$/, '$1');
}

/** To a hundredth of a per cent: what is finer is noise, and the moves decide. */
function rounded(pct: number): number {
  return Math.round(pct * 100);
}
