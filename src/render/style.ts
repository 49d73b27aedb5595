import { styleText } from 'node:util';

/** How to dress text; decided once, from --color, NO_COLOR and the terminal. */
export type Style = {
  /** the width of the terminal in characters; Infinity if the text goes elsewhere */
  readonly columns: number;
  /** stands for what is cut off */
  readonly ellipsis: string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly inverse: (text: string) => string;
  /** by what of a load it is */
  readonly part: (part: LoadPart, text: string) => string;
  /** by a pCPU's load: calm, crowded, or above what it can give */
  readonly load: (loadPct: number, text: string) => string;
  /** by how a check went */
  readonly verdict: (status: 'ok' | 'warning' | 'fault' | 'unknown', text: string) => string;
  /** a bar of at most `width` cells, full at `fullPct` */
  readonly bar: (pct: number, fullPct: number, width: number) => string;
  /** the same of two parts, one after the other: what guests want, and what the host runs besides */
  readonly barOfTwo: (guestPct: number, backgroundPct: number, fullPct: number, width: number) => string;
};

/** What vCPUs ran, what the host ran besides, and what vCPUs waited. */
export type LoadPart = 'guests' | 'host' | 'ready';

export function style(color: boolean, unicode: boolean, columns = Number.POSITIVE_INFINITY): Style {
  const dress = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    color && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  const [calm, crowded, over] = [dress('green'), dress('yellow'), dress('red')];
  return {
    columns,
    ellipsis: unicode ? '…' : '~',
    bold: dress('bold'),
    dim: dress('dim'),
    inverse: dress('inverse'),
    part: (part, text) => ({ guests: calm, host: dress('cyan'), ready: over })[part](text),
    load: (loadPct, text) => (loadPct > 100 ? over : loadPct > 90 ? crowded : calm)(text),
    verdict: (status, text) =>
      ({ ok: calm, warning: crowded, fault: over, unknown: dress('dim') })[status](text),
    bar: (pct, fullPct, width) => bar(Math.min(1, Math.max(0, pct / fullPct)) * width, unicode),
    barOfTwo: (guestPct, backgroundPct, fullPct, width) =>
      barOfTwo((guestPct / fullPct) * width, (backgroundPct / fullPct) * width, unicode),
  };
}

/** How to dress text for this terminal. */
export function chooseStyle(
  color: 'auto' | 'always' | 'never',
  terminal: { readonly color: boolean; readonly unicode: boolean; readonly columns?: number | undefined },
): Style {
  return style(color === 'auto' ? terminal.color : color === 'always', terminal.unicode, terminal.columns);
}

/** Eighths of a cell where the terminal has block characters; any load above zero shows. */
function bar(cells: number, unicode: boolean): string {
  if (!unicode) return '#'.repeat(cells > 0 ? Math.max(1, Math.round(cells)) : 0);
  const eighths = cells > 0 ? Math.max(1, Math.round(cells * 8)) : 0;
  return '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7];
}

/** In whole cells where there are two parts, each of at least one: a block cannot be half a shade. */
function barOfTwo(guestCells: number, backgroundCells: number, unicode: boolean): string {
  if (backgroundCells <= 0) return bar(guestCells, unicode);
  const all = Math.round(guestCells + backgroundCells);
  const guests = guestCells > 0 ? Math.max(1, Math.min(all - 1, Math.round(guestCells))) : 0;
  const [guest, shade] = unicode ? ['█', '▒'] : ['#', '='];
  return guest.repeat(guests) + shade.repeat(Math.max(1, all - guests));
}
