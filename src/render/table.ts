import Table from 'cli-table3';
import { cut, widthOf } from './cut.ts';
import type { Style } from './style.ts';

export type Column = {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** the width to which it may shrink where the table is too wide, in characters; by default it keeps its width */
  readonly least?: number;
};

type Rows = readonly (readonly string[])[];
type Fit = Pick<Style, 'columns' | 'ellipsis'>;
const unlimited: Fit = { columns: Number.POSITIVE_INFINITY, ellipsis: '' };

/**
 * Aligned columns without rules, two spaces between, as virsh and systemd print them. Colour is the caller's. Where the
 * table is wider than `fit.columns`, columns with a `least` fold at spaces and cut longer words.
 */
export function table(columns: readonly Column[], given: Rows, fit: Fit = unlimited): string {
  const rows = given.map((row) => row.map(shortened));
  const widths = shrunk(columns, rows, fit.columns);
  if (rows.length <= mostInSheet) return sheet(columns, rows, widths, fit, true);
  const natural = widthsOf(columns, rows);
  const all = widths.map((width, i) => width ?? natural[i] ?? null);
  return Array.from({ length: Math.ceil(rows.length / mostInSheet) }, (_, i) =>
    sheet(columns, rows.slice(i * mostInSheet, (i + 1) * mostInSheet), all, fit, i === 0),
  ).join('');
}

/** cli-table3 takes time by the square of the rows. */
const mostInSheet = 100;

function sheet(
  columns: readonly Column[],
  rows: Rows,
  widths: (number | null)[],
  fit: Fit,
  hasHead: boolean,
): string {
  const lines = new Table({
    head: hasHead ? columns.map(({ head }) => head) : [],
    colAligns: columns.map(({ align }) => align ?? 'left'),
    colWidths: widths,
    chars: Object.fromEntries(borders.map((place) => [place, place === 'middle' ? '  ' : ''])),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    truncate: fit.ellipsis,
    wordWrap: true,
  });
  lines.push(...rows.map((row) => columns.map((_, i) => withWordsCut(row[i] ?? '', widths[i], fit))));
  return lines
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** cli-table3 would take one character off after the other. What the caller has coloured it cuts itself. */
function withWordsCut(text: string, width: number | null | undefined, { ellipsis }: Fit): string {
  if (width == null || text.includes('\u001b')) return text;
  return text.replaceAll(/\S+/g, (word) => cut(word, width, ellipsis));
}

/** cli-table3 takes time by the square of what it folds, and a name can have any length. */
function shortened(text: string): string {
  return text.length <= mostInCell ? text : `${text.slice(0, mostInCell).replace(/\p{Cs}$/u, '')}...`;
}

/** In characters. */
const mostInCell = 1000;

/** The same with bars in it, which are made as long as there is room for: 4 to 20 characters. */
export function tableWithBars(
  columns: readonly Column[],
  rowsFor: (barWidth: number) => Rows,
  fit: Fit,
): string {
  let barWidth = 20;
  while (barWidth > 4 && tableWidth(columns, rowsFor(barWidth)) > fit.columns) barWidth--;
  return table(columns, rowsFor(barWidth), fit);
}

/** The width of a table that nothing shrinks, in characters. */
export function tableWidth(columns: readonly Column[], rows: Rows): number {
  return total(widthsOf(columns, rows));
}

/** The widths of the columns that have to shrink, the one with most to spare first; null for all others. */
function shrunk(columns: readonly Column[], rows: Rows, available: number): (number | null)[] {
  const widths = widthsOf(columns, rows);
  const natural = [...widths];
  const spare = (i: number) => (widths[i] ?? 0) - (columns[i]?.least ?? Number.POSITIVE_INFINITY);
  for (let excess = total(widths) - available; excess > 0; excess--) {
    const most = columns.map((_, i) => i).reduce((best, i) => (spare(i) > spare(best) ? i : best));
    if (spare(most) <= 0) break;
    widths[most] = (widths[most] ?? 0) - 1;
  }
  return widths.map((width, i) => (width === natural[i] ? null : width));
}

function widthsOf(columns: readonly Column[], rows: Rows): number[] {
  return columns.map(({ head }, i) =>
    rows.reduce((width, row) => Math.max(width, widthOf(row[i] ?? '')), head.length),
  );
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + gap, -gap);
}

/** Between two columns. */
const gap = 2;

const borders = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
  'middle',
] as const;
