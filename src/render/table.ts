import Table from 'cli-table3';

export type Column = { readonly head: string; readonly align?: 'left' | 'right' };

/** Aligned columns without rules, a space between, as virsh and systemd print them. Colour is the caller's. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const sheet = new Table({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: Object.fromEntries(borders.map((place) => [place, place === 'middle' ? '  ' : ''])),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  sheet.push(...rows.map((row) => columns.map((_, i) => row[i] ?? '')));
  return sheet
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

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
