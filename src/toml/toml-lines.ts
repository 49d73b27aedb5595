/** Where a key stands in a TOML document: the names and, for an element of an array, its index from 0. */
export type TomlPath = readonly (string | number)[];

/**
 * Finds the line, from 1, on which a key of a TOML document stands, or the nearest table or key around it that
 * has a line of its own; `['domain', 2, 'cpus']` is the key `cpus` below the third `[[domain]]`. smol-toml keeps
 * no positions. What is inside a text of several lines is taken for TOML, which documents like ours do not have.
 */
export function tomlLines(text: string): (path: TomlPath) => number {
  const lines = linesOf(text);
  return (path) => {
    for (let length = Math.min(path.length, deepest); length > 0; length--) {
      const line = lines.get(pathKey(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return 1;
  };
}

/** Of a key with more parts the line is that of the first ones: all of them would take the square of their number. */
const deepest = 32;

/** The first line of each table and of each key that the document writes out. */
function linesOf(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const counts = new Map<string, number>();
  const note = (path: TomlPath, line: number): void => {
    for (let length = 1; length <= Math.min(path.length, deepest); length++) {
      const key = pathKey(path.slice(0, length));
      if (!lines.has(key)) lines.set(key, line);
    }
  };
  let table: TomlPath = [];
  for (const [i, line] of text.split('\n').entries()) {
    const [, brackets, name] = header.exec(line) ?? [];
    if (name !== undefined) {
      const path = withIndexes(keysOf(name), counts);
      if (brackets === '[[') {
        const count = counts.get(pathKey(path)) ?? 0;
        counts.set(pathKey(path), count + 1);
        table = [...path, count];
      } else table = path;
      note(table, i + 1);
    } else {
      const [, key] = assignment.exec(line) ?? [];
      if (key !== undefined) note([...table, ...keysOf(key)], i + 1);
    }
  }
  return lines;
}

/** Below an array of tables a header speaks of its last element. */
function withIndexes(keys: readonly string[], counts: ReadonlyMap<string, number>): TomlPath {
  const path: (string | number)[] = [];
  for (const key of keys) {
    const count = counts.get(pathKey(path));
    if (count !== undefined) path.push(count - 1);
    path.push(key);
  }
  return path;
}

/** Escapes stay as they are: a name with one is taken for another, and the line is that of the table around it. */
function keysOf(dotted: string): readonly string[] {
  return [...dotted.matchAll(new RegExp(word, 'g'))].map(([key]) =>
    /^["']/.test(key) ? key.slice(1, -1) : key,
  );
}

function pathKey(path: TomlPath): string {
  return JSON.stringify(path);
}

const word = String.raw`(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')`;
const dottedKey = String.raw`\s*(${word}(?:\s*\.\s*${word})*)\s*`;
const header = new RegExp(String.raw`^\s*(\[\[?)${dottedKey}\]\]?\s*(?:#.*)?$`);
const assignment = new RegExp(`^${dottedKey}=`);
