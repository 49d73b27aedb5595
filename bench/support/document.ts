import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.ts';

type Cell = string | number;

/** A table in Markdown, the first column to the left, all others to the right. */
export function markdown(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

/** What was wanted, and whether it is so. */
export function verdict(wanted: string, isMet: boolean): string {
  return `Wanted: ${wanted}. **${isMet ? 'Met' : 'Missed'}.**`;
}

/**
 * Prints tables by their names, and with --write puts them into a document, between `<!-- NAME -->` and
 * `<!-- end of NAME -->`.
 * @param tables each makes the paragraphs of one
 */
export async function printTables(
  document: string,
  tables: Readonly<Record<string, () => Promise<readonly string[]> | readonly string[]>>,
  words: readonly string[],
): Promise<void> {
  const names = words.filter((word) => word !== '--write');
  for (const name of names.length > 0 ? names : Object.keys(tables)) {
    const table = tables[name];
    if (table === undefined)
      throw new Error(`there is no table ${name}, but ${Object.keys(tables).join(', ')}`);
    const text = (await table()).join('\n\n');
    process.stdout.write(`${name}\n\n${text}\n\n`);
    if (words.includes('--write')) replaceTable(join(root, document), name, text);
  }
}

function replaceTable(file: string, name: string, text: string): void {
  const page = readFileSync(file, 'utf8');
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for ${name}`);
  writeFileSync(file, `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`);
}
