/** A table as virsh prints it; with `quiet` without its head, whose words then give no width either. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  quiet: boolean,
): string {
  const shown = quiet ? rows : [head, ...rows];
  const widths = head.map((_, c) => Math.max(0, ...shown.map((row) => row[c]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    ` ${row.map((cell, c) => (c === row.length - 1 ? cell : cell.padEnd(widths[c] ?? 0))).join('   ')}\n`;
  const rule = `${'-'.repeat(widths.reduce((sum, width) => sum + width + 3, 0))}\n`;
  return quiet ? rows.map(line).join('') : line(head) + rule + rows.map(line).join('');
}

/** A field line as `nodeinfo` and `vcpuinfo` print them: the value in column 17, or in `column`. */
export function fieldLine(name: string, value: string | number, column = 16): string {
  return `${`${name}:`.padEnd(column)}${value}\n`;
}
