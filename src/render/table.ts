import Table from 'cli-table3';
import { cut, widthOf } from './cut.ts';
import type { Style } from './style.ts';

export type Column = {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** the width to which it may shrink where the table is too wide, in characters; by default it keeps its width, and may have colours */
  readonly least?: number;
};

type Rows = readonly (readonly string[])[];
type Fit = Pick<Style, 'columns' | 'ellipsis'>;
const unlimited: Fit = { columns: Number.POSITIVE_INFINITY, ellipsis: '' };

/**
 * Aligned columns without rules, two spaces between, as virsh and systemd print them. Colour is the caller's. Where the
 * table is wider than `fit.columns`, columns with a `least` fold at spaces and cut longer words.
 */
export function table(columns: readonly Column[], rows: Rows, fit: Fit = unlimited): string {
  const all = [columns.map(({ head }) => head), ...rows].map((row) =>
    columns.map((_, i) => shortened(row[i] ?? '')),
  );
  const widths = shrunk(columns, all, fit.columns);
  const lines = all.flatMap((row) => {
    const cells = row.map((text, i) => folded(text, widths[i] ?? 0, fit.ellipsis));
    return Array.from({ length: Math.max(...cells.map(({ length }) => length)) }, (_, line) =>
      cells.map((cell) => cell[line] ?? ''),
    );
  });
  return Array.from({ length: Math.ceil(lines.length / mostInSheet) }, (_, i) =>
    sheet(columns, widths, lines.slice(i * mostInSheet, (i + 1) * mostInSheet)),
  ).join('');
}

/** cli-table3 takes time by the square of the rows, and of the lines of a cell: each line is a row of its own. */
const mostInSheet = 100;

function sheet(columns: readonly Column[], widths: readonly number[], lines: Rows): string {
  const laidOut = new Table({
    colAligns: columns.map(({ align }) => align ?? 'left'),
    colWidths: [...widths],
    chars: Object.fromEntries(borders.map((place) => [place, place === 'middle' ? ' '.repeat(gap) : ''])),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  laidOut.push(...lines.map((cells) => [...cells]));
  return laidOut
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** Lines of at most so many characters each. */
function folded(text: string, width: number, ellipsis: string): readonly string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let [line, used, space] = ['', 0, ''];
  for (const part of text.split(/(\s+)/)) {
    if (/^\s/.test(part)) {
      space = part;
      continue;
    }
    const needed = widthOf(part);
    if (used > 0 && used + space.length + needed > width) {
      lines.push(line);
      [line, used] = ['', 0];
    }
    const before = used > 0 ? space : '';
    line += before + cut(part, width, ellipsis);
    used += before.length + needed;
  }
  return [...lines, line];
}

/** No cell is of interest to its end that is so long. */
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

/** The widths of the columns, of which those with most to spare have shrunk. */
function shrunk(columns: readonly Column[], rows: Rows, available: number): readonly number[] {
  const widths = widthsOf(columns, rows);
  const spare = (i: number) => (widths[i] ?? 0) - (columns[i]?.least ?? Number.POSITIVE_INFINITY);
  for (let excess = total(widths) - available; excess > 0; excess--) {
    const most = columns.map((_, i) => i).reduce((best, i) => (spare(i) > spare(best) ? i : best));
    if (spare(most) <= 0) break;
    widths[most] = (widths[most] ?? 0) - 1;
  }
  return widths;
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
