type Draw = (least: number, most: number) => number;

/** What a text is changed with: the words of its format, and other texts that were found to be worth a look. */
export type Material = { readonly words: readonly string[]; readonly others: readonly string[] };

/** Changes a text here and there, and keeps it shorter than so many characters. */
export function mutate(text: string, draw: Draw, material: Material, mostCharacters: number): string {
  let changed = text;
  for (let times = Math.floor(draw(1, 5)); times > 0; times--) {
    const change = changes[Math.floor(draw(0, changes.length))] ?? erase;
    changed = change(changed, draw, material);
  }
  return changed.slice(0, mostCharacters);
}

type Change = (text: string, draw: Draw, material: Material) => string;

const erase: Change = (text, draw) => replaced(text, draw, '');
const insertWord: Change = (text, draw, { words }) => inserted(text, draw, pick(words, draw));
const replaceByWord: Change = (text, draw, { words }) => replaced(text, draw, pick(words, draw));
const insertOdd: Change = (text, draw) => inserted(text, draw, pick(odd, draw));
const insertCharacter: Change = (text, draw) =>
  inserted(text, draw, String.fromCharCode(Math.floor(draw(0, draw(0, 1) < 0.8 ? 128 : 65_536))));
const copyPiece: Change = (text, draw) => {
  const [from, to] = range(text, draw);
  return inserted(text, draw, text.slice(from, to));
};
const repeatPiece: Change = (text, draw) => {
  const [from, to] = range(text, draw);
  return (
    text.slice(0, to) + text.slice(from, to).repeat(Math.floor(draw(1, 2) ** draw(1, 11))) + text.slice(to)
  );
};
const takeFromOther: Change = (text, draw, { others }) => {
  const other = pick(others, draw);
  const [from, to] = range(other, draw);
  return draw(0, 1) < 0.5
    ? inserted(text, draw, other.slice(from, to))
    : text.slice(0, Math.floor(draw(0, text.length + 1))) + other.slice(from);
};
/** Another number in place of one that stands there. */
const changeNumber: Change = (text, draw) => {
  const found = [...text.slice(0, 20_000).matchAll(/\d+/g)];
  const number = found[Math.floor(draw(0, found.length))];
  if (number === undefined) return text;
  return text.slice(0, number.index) + pick(numbers, draw) + text.slice(number.index + number[0].length);
};
const changeLines: Change = (text, draw) => {
  const lines = text.split('\n');
  const at = Math.floor(draw(0, lines.length));
  const line = lines[at] ?? '';
  if (draw(0, 1) < 0.4) lines.splice(at, 1);
  else lines.splice(Math.floor(draw(0, lines.length)), 0, line);
  return lines.join('\n');
};

const changes = [
  erase,
  insertWord,
  insertWord,
  replaceByWord,
  insertOdd,
  insertCharacter,
  copyPiece,
  repeatPiece,
  takeFromOther,
  changeNumber,
  changeLines,
];

function inserted(text: string, draw: Draw, piece: string): string {
  const at = Math.floor(draw(0, text.length + 1));
  return text.slice(0, at) + piece + text.slice(at);
}

function replaced(text: string, draw: Draw, piece: string): string {
  const [from, to] = range(text, draw);
  return text.slice(0, from) + piece + text.slice(to);
}

/** Short ones most of the time. */
function range(text: string, draw: Draw): readonly [from: number, to: number] {
  const from = Math.floor(draw(0, text.length + 1));
  return [from, Math.min(text.length, from + Math.floor(2 ** draw(0, 10)))];
}

function pick<T>(items: readonly T[], draw: Draw): T | '' {
  return items[Math.floor(draw(0, items.length))] ?? '';
}

const numbers = [
  '0',
  '-1',
  '1',
  '7',
  '15',
  '16383',
  '16384',
  '65536',
  '2147483648',
  '9'.repeat(15),
  '9'.repeat(40),
];
numbers.push('1e308', '0.5', '00', '4294967295', '1e-9', 'NaN');

/** What parsers, terminals and shells stumble over. */
const odd = [
  ...[
    '\n',
    '\r',
    '\t',
    '\0',
    ' ',
    '\u001b[31m',
    '\u009b',
    '\u0085',
    '\u2028',
    '\u202e',
    '\ud800',
    '\udfff',
    '😀',
  ],
  ...[
    "'",
    '"',
    '`',
    '$(id)',
    ';',
    '#',
    '\\',
    '|',
    '&',
    '<',
    '>',
    '=',
    ',',
    '^',
    '-',
    '--',
    '*',
    '?',
    '{',
    '}',
  ],
  ...['[', ']', '(', ')', '!', '%', '&lt;', '<!--', '-->', '<![CDATA[', ']]>', '<!DOCTYPE a [', '<?x', '?>'],
  ...['__proto__', 'constructor', 'toString', 'null', 'true', '{}', '[]', '""', '\n\n', '\\u0000'],
];
