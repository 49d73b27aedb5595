import type { LoadPart, Style } from '../style.ts';
import { cell } from './cell.ts';
import { glyphs } from './pcpu-rows.ts';

/** The keys, and what the figures are. */
export function helpRows(
  { unicode, columns }: { readonly unicode: boolean; readonly columns: number },
  look: Style,
): readonly string[] {
  const { guests, host, ready } = glyphs(unicode);
  const bar = (Object.entries({ guests, host, ready }) as [LoadPart, string][]).map(
    ([part, glyph]) => `${look.part(part, glyph.repeat(4))} ${part}`,
  );
  const keys: readonly (readonly [string, string])[] = [
    ['q, F10, Ctrl-C', 'quit'],
    ['Up, Down, k, j', 'choose a domain'],
    ['PgUp, PgDn, b, f', 'a page up or down'],
    ['Home, End, g, G', 'the first or the last'],
    ['/, F3', 'search a domain as you type; Enter ends it, Esc cancels it'],
    ['n, N', 'the next or the previous that the search fits'],
    ['s, F6', 'sort by ready time, demand, moves or name'],
    ['Tab', 'the vCPUs of the chosen domain, the plan, the pins of an hour'],
    ['Enter, Esc', 'give that the whole height, where the arrows scroll it'],
    ['p', 'pause the display, or continue it'],
    ['Ctrl-L, Ctrl-Z', 'draw anew; stop, until fg'],
    ['h, ?, F1', 'this help, until the next key'],
  ];
  const fitted = (text: string) => cell(text, columns);
  return [
    '',
    ...keys.map(([key, what]) => fitted(`  ${key.padEnd(18)} ${what}`)),
    '',
    `  A bar of a pCPU: ${bar.join('  ')}.`,
    fitted('  It is full at 100 %; above that, the parts share it.'),
    fitted('  A domain has the sums of its vCPUs in per cent of one pCPU, and their longest'),
    fitted('  ready time. Nothing is pinned; man vcpusched-top tells more.'),
  ];
}
