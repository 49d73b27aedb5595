import { groupBy } from '../../model/group-by.ts';
import { percent } from '../figures.ts';
import type { LoadPart, Style } from '../style.ts';
import { cell } from './cell.ts';
import type { PcpuGroup, TopModel, TopPcpu } from './top-model.ts';

type Pcpus = Pick<TopModel, 'pcpuGroups' | 'threads'>;

/**
 * The pCPUs, cell by cell, L3 by L3 and core by core: bars where there is room for them, a character for each where there
 * is not.
 * @param most as many rows as there may be
 */
export function pcpuRows(
  pcpus: Pcpus,
  columns: number,
  most: number,
  look: Style,
  unicode: boolean,
): readonly string[] {
  if (pcpus.pcpuGroups.length === 0) return [];
  return bars(pcpus, columns, most, look, unicode) ?? map(pcpus, columns, most, look, unicode);
}

/** In as few columns as possible, so that they are long; undefined where they do not fit. */
function bars(
  { pcpuGroups, threads }: Pcpus,
  columns: number,
  most: number,
  look: Style,
  unicode: boolean,
): readonly string[] | undefined {
  const idWidth = Math.max(...pcpuGroups.flatMap(({ pcpus }) => pcpus.map(({ id }) => `${id}`.length)));
  const widthOf = (across: number) => Math.floor((columns + gap) / across) - gap - idWidth - figureWidth - 2;
  for (let across = 1; widthOf(across) >= leastBar; across++) {
    // The threads of a core stay on one line.
    if (across > threads && across % threads !== 0) continue;
    const rows = pcpuGroups.reduce(
      (sum, { name, pcpus }) => sum + (name === '' ? 0 : 1) + Math.ceil(pcpus.length / across),
      0,
    );
    if (rows > most) continue;
    const width = Math.min(longestBar, widthOf(across));
    const one = (pcpu: TopPcpu) => barOf(pcpu, idWidth, width, look, unicode);
    return pcpuGroups.flatMap(({ name, pcpus }) => [
      ...(name === '' ? [] : [look.dim(name)]),
      ...inRows(pcpus, across).map((row) => row.map(one).join(' '.repeat(gap))),
    ]);
  }
  return undefined;
}

const gap = 2;
/** `261 %` */
const figureWidth = 5;
const leastBar = 4;
const longestBar = 50;

function barOf(
  { id, guestsPct, hostPct, loadPct }: TopPcpu,
  idWidth: number,
  width: number,
  look: Style,
  unicode: boolean,
): string {
  // Full at 100 %. Above that the parts share it.
  const scale = width / Math.max(100, loadPct);
  const ends = [guestsPct, guestsPct + hostPct, loadPct].map((pct) => Math.round(pct * scale));
  const parts = (['guests', 'host', 'ready'] as const).map((part, i) => {
    const length = Math.max(0, (ends[i] ?? 0) - (ends[i - 1] ?? 0));
    return look.part(part, glyphs(unicode)[part].repeat(length));
  });
  const rest = ' '.repeat(Math.max(0, width - (ends[2] ?? 0)));
  const figure = look.load(loadPct, cell(percent(loadPct), figureWidth, 'right'));
  return `${look.bold(cell(`${id}`, idWidth, 'right'))} ${parts.join('')}${look.dim(rest)} ${figure}`;
}

/** What stands for the parts of a load in a bar. */
export function glyphs(unicode: boolean): Readonly<Record<LoadPart, string>> {
  return unicode ? { guests: '█', host: '▒', ready: '░' } : { guests: '#', host: '=', ready: '-' };
}

/** A character for each pCPU, a line or more for each cell, and below the busiest ones by number. */
function map(
  { pcpuGroups, threads }: Pcpus,
  columns: number,
  most: number,
  look: Style,
  unicode: boolean,
): readonly string[] {
  const cells = [...groupBy(pcpuGroups, ({ cell: number }) => number)];
  const nameOf = (number: number | undefined) => (number === undefined ? '' : `cell ${number}  `);
  const labelWidth = Math.max(...cells.map(([number]) => nameOf(number).length));
  const room = Math.max(1, most - 1);
  const linesOf = (perCore: number) =>
    cells.flatMap(([number, groups]) =>
      mapLines(groups, perCore, Math.max(1, columns - labelWidth)).map((parts, i) => {
        const cores = parts.map((part) => inRows(part, perCore).map((core) => heat(core, look, unicode)));
        const label = look.dim(cell(i === 0 ? nameOf(number) : '', labelWidth));
        return label + cores.map((core) => core.join(' ')).join(' '.repeat(gapBetween(perCore)));
      }),
    );
  const apart = linesOf(threads === 1 ? Number.POSITIVE_INFINITY : threads);
  const lines = apart.length <= room ? apart : linesOf(Number.POSITIVE_INFINITY);
  return [...lines.slice(0, room), busiest(pcpuGroups, columns, look)];
}

/**
 * The groups one after the other, about as many in each line; one that is too long for a line is cut.
 * @param perCore a space stands after each so many
 */
function mapLines(
  groups: readonly PcpuGroup[],
  perCore: number,
  width: number,
): readonly (readonly (readonly TopPcpu[])[])[] {
  const most = perCore < width ? Math.max(1, Math.floor((width + 1) / (perCore + 1))) * perCore : width;
  const parts = groups.flatMap(({ pcpus }) => inRows(pcpus, most));
  const gap = gapBetween(perCore);
  const widest = Math.max(...parts.map(({ length }) => length + Math.ceil(length / perCore) - 1));
  const inLine = Math.max(1, Math.floor((width + gap) / (widest + gap)));
  const lines = Math.ceil(parts.length / inLine);
  return inRows(parts, Math.ceil(parts.length / lines));
}

/** Between groups, more than between cores. */
function gapBetween(perCore: number): number {
  return perCore === Number.POSITIVE_INFINITY ? 1 : 2;
}

/** Neighbours of one colour are dressed together. */
function heat(pcpus: readonly TopPcpu[], look: Style, unicode: boolean): string {
  let text = '';
  let run: { loadPct: number; marks: string } | undefined;
  const flush = () => (run === undefined ? '' : look.load(run.loadPct, run.marks));
  for (const { loadPct } of pcpus) {
    const mark = markOf(loadPct, unicode);
    if (run !== undefined && shadeOf(run.loadPct) === shadeOf(loadPct)) run.marks += mark;
    else {
      text += flush();
      run = { loadPct, marks: mark };
    }
  }
  return text + flush();
}

/** The same for loads that `Style.load` dresses alike. */
function shadeOf(loadPct: number): number {
  return loadPct > 100 ? 2 : loadPct > 90 ? 1 : 0;
}

/** How full it is; `!` above 100 %. */
function markOf(loadPct: number, unicode: boolean): string {
  if (loadPct > 100) return '!';
  if (loadPct < 1) return unicode ? '·' : '.';
  if (!unicode) return `${Math.min(9, Math.floor(loadPct / 10))}`;
  return '▁▂▃▄▅▆▇█'[Math.min(7, Math.floor(loadPct / 12.5))] ?? '█';
}

function busiest(groups: readonly PcpuGroup[], columns: number, look: Style): string {
  const order = groups.flatMap(({ pcpus }) => pcpus).sort((a, b) => b.loadPct - a.loadPct || a.id - b.id);
  let text = 'Busiest:';
  let width = text.length;
  for (const { id, loadPct } of order) {
    const next = `  ${id}: ${percent(loadPct)}`;
    if (width + next.length > columns) break;
    width += next.length;
    text += look.load(loadPct, next);
  }
  return text;
}

function inRows<T>(items: readonly T[], across: number): readonly (readonly T[])[] {
  if (across >= items.length) return [items];
  return Array.from({ length: Math.ceil(items.length / across) }, (_, i) =>
    items.slice(i * across, (i + 1) * across),
  );
}
