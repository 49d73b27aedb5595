/**
 * The line, from 1, on which a key of a TOML document stands, or the nearest table around it that has a line
 * of its own. smol-toml keeps no positions; this follows the plain style of scenario files: `[[domains]]`,
 * `[topology]` and `key = value`.
 */
export function tomlLine(text: string, path: readonly (string | number)[]): number {
  const [first, second] = path;
  const repeated = typeof second === 'number';
  const keys = path.slice(repeated ? 2 : 1).filter((part) => typeof part === 'string');
  const lines = text.split('\n');

  const header = headerLine(lines, String(first), repeated ? second : undefined);
  if (header === undefined) return (keyLine(lines, String(first), 0, firstHeader(lines)) ?? 0) + 1;
  const end = lines.findIndex((line, i) => i > header && isHeader(line));
  const key =
    keys[0] === undefined ? undefined : keyLine(lines, keys[0], header, end === -1 ? lines.length : end);
  return (key ?? header) + 1;
}

function headerLine(lines: readonly string[], name: string, index: number | undefined): number | undefined {
  const found = lines.flatMap((line, i) => (tableName(line) === name ? [i] : []));
  return found[index ?? 0];
}

function keyLine(lines: readonly string[], key: string, from: number, to: number): number | undefined {
  const names = [key, `"${key}"`, `'${key}'`];
  const line = lines.findIndex(
    (each, i) => i >= from && i < to && names.includes(each.split(/[=.]/, 1)[0]?.trim() ?? ''),
  );
  return line === -1 ? undefined : line;
}

function firstHeader(lines: readonly string[]): number {
  const found = lines.findIndex(isHeader);
  return found === -1 ? lines.length : found;
}

function isHeader(line: string): boolean {
  return tableName(line) !== undefined;
}

function tableName(line: string): string | undefined {
  return /^\s*\[\[?\s*([\w-]+)\s*\]\]?\s*(#.*)?$/.exec(line)?.[1];
}
