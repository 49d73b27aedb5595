/**
 * Whether a name fits a glob, as a whole: `*`, `?`, `[a-c]`, `[!a-c]`, `[[:digit:]]`, `{a,b}`, `{1..9}`, `\` before what is
 * to stand for itself, and `?(…)`, `*(…)`, `+(…)`, `@(…)`, `!(…)` with alternatives between `|`. What is not closed stands
 * for itself.
 *
 * A regular expression would try one way after another, and `*a*a*a*b` takes for ever with a name of many a. Here each
 * part of the glob is told all the places where the one before it can end, at once.
 */
export function glob(pattern: string): (name: string) => boolean {
  const parts = partsOf([...pattern]);
  return (name) => {
    const text = [...name];
    return after(parts, text, new Set([0])).has(text.length);
  };
}

/** Where a part that begins at one of these places can end. */
type Part = (text: readonly string[], starts: Places) => Places;
type Places = ReadonlySet<number>;

function after(parts: readonly Part[], text: readonly string[], starts: Places): Places {
  let places = starts;
  for (const part of parts) {
    if (places.size === 0) return places;
    places = part(text, places);
  }
  return places;
}

function partsOf(pattern: readonly string[]): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; ) {
    const { part, length } = partAt(pattern, at);
    parts.push(part);
    at += length;
  }
  return parts;
}

type Found = { readonly part: Part; readonly length: number };

function partAt(pattern: readonly string[], at: number): Found {
  const character = pattern[at] ?? '';
  const next = pattern[at + 1] ?? '';
  if (next === '(' && Object.hasOwn(repeats, character)) {
    const found = alternativesAt(pattern, at + 1, '(', ')', '|');
    if (found !== undefined) {
      const part = repeats[character]?.(either(found.alternatives)) ?? anything;
      return { part, length: 1 + found.length };
    }
  }
  if (character === '{') {
    const found = alternativesAt(pattern, at, '{', '}', ',');
    const part = found && (rangeIn(found.alternatives) ?? choiceOf(found.alternatives));
    if (part !== undefined) return { part, length: found?.length ?? 1 };
  }
  if (character === '[') {
    const found = classAt(pattern, at);
    if (found !== undefined) return found;
  }
  if (character === '*') return { part: anything, length: 1 };
  if (character === '?') return { part: one(() => true), length: 1 };
  if (character === '\\' && next !== '') return { part: one((each) => each === next), length: 2 };
  return { part: one((each) => each === character), length: 1 };
}

function one(fits: (character: string) => boolean): Part {
  return (text, starts) => {
    const ends = new Set<number>();
    for (const start of starts) if (start < text.length && fits(text[start] ?? '')) ends.add(start + 1);
    return ends;
  };
}

const anything: Part = (text, starts) => placesFrom(first(starts), text.length);

function either(alternatives: readonly (readonly string[])[]): Part {
  const all = alternatives.map(partsOf);
  return (text, starts) => new Set(all.flatMap((parts) => [...after(parts, text, starts)]));
}

const repeats: Readonly<Record<string, (part: Part) => Part>> = {
  '@': (part) => part,
  '?': (part) => (text, starts) => new Set([...starts, ...part(text, starts)]),
  '*': (part) => (text, starts) => new Set([...starts, ...again(part, text, starts)]),
  '+': (part) => again.bind(undefined, part),
  '!': not,
};

/** Once or more often: each place is begun from once. */
function again(part: Part, text: readonly string[], starts: Places): Places {
  const all = new Set<number>();
  for (let places = starts; places.size > 0; ) {
    const more = new Set<number>();
    for (const place of part(text, places)) if (!all.has(place)) more.add(place);
    for (const place of more) all.add(place);
    places = more;
  }
  return all;
}

/** Every text but those that fit. Mostly no place is left out that two or three beginnings leave out. */
function not(part: Part): Part {
  return (text, starts) => {
    let out: Places | undefined;
    for (const start of [...starts].sort((a, b) => a - b)) {
      const ends = part(text, new Set([start]));
      out = out === undefined ? ends : new Set([...out].filter((place) => place < start || ends.has(place)));
      if (out.size === 0) break;
    }
    const places = placesFrom(first(starts), text.length);
    for (const place of out ?? []) places.delete(place);
    return places;
  };
}

function first(places: Places): number {
  let least = Number.POSITIVE_INFINITY;
  for (const place of places) least = Math.min(least, place);
  return least;
}

function placesFrom(from: number, to: number): Set<number> {
  const places = new Set<number>();
  for (let place = from; place <= to; place++) places.add(place);
  return places;
}

/** What stands between two brackets, which may hold others; undefined where they are not closed. */
function alternativesAt(
  pattern: readonly string[],
  at: number,
  open: string,
  close: string,
  between: string,
): { readonly alternatives: readonly (readonly string[])[]; readonly length: number } | undefined {
  const alternatives: string[][] = [[]];
  let depth = 0;
  for (let i = at; i < pattern.length; i++) {
    const character = pattern[i] ?? '';
    const piece = character === '\\' ? pattern.slice(i, i + 2) : [character];
    if (character === open) depth++;
    if (character === close) depth--;
    if (depth === 0) return { alternatives, length: i + 1 - at };
    if (depth === 1 && character === between) alternatives.push([]);
    else if (i > at) alternatives.at(-1)?.push(...piece);
    i += piece.length - 1;
  }
  return undefined;
}

function choiceOf(alternatives: readonly (readonly string[])[]): Part | undefined {
  return alternatives.length > 1 ? either(alternatives) : undefined;
}

/** `1..9` or `a..c`; undefined for what is none, or is very long. */
function rangeIn(alternatives: readonly (readonly string[])[]): Part | undefined {
  const text = alternatives.length === 1 ? (alternatives[0]?.join('') ?? '') : '';
  const [, from, to] = /^(-?\d{1,9})\.\.(-?\d{1,9})$/.exec(text) ?? /^([a-z])\.\.([a-z])$/i.exec(text) ?? [];
  if (from === undefined || to === undefined) return undefined;
  const numberOf = /\d/.test(from) ? Number : code;
  const [least = 0, most = 0] = [numberOf(from), numberOf(to)].sort((a, b) => a - b);
  if (most - least > mostInRange) return undefined;
  const isIn = (end: string) => least <= numberOf(end) && numberOf(end) <= most;
  return numberOf === code ? one(isIn) : numberWhere(isIn, Math.max(`${least}`.length, `${most}`.length));
}

const mostInRange = 10_000;

/** A number of at most so many characters, without a zero before it. */
function numberWhere(fits: (number: string) => boolean, longest: number): Part {
  return (text, starts) => {
    const ends = new Set<number>();
    for (const start of starts) {
      for (let end = start + 1; end <= Math.min(text.length, start + longest); end++) {
        const number = text.slice(start, end).join('');
        if (/^(?:0|-?[1-9]\d*)$/.test(number) && fits(number)) ends.add(end);
      }
    }
    return ends;
  };
}

/** `[a-c]` and its kin; undefined where it is not closed. */
function classAt(pattern: readonly string[], at: number): Found | undefined {
  const isNegated = pattern[at + 1] === '!' || pattern[at + 1] === '^';
  const begin = at + (isNegated ? 2 : 1);
  const tests: ((character: string) => boolean)[] = [];
  for (let i = begin; i < pattern.length; ) {
    if (pattern[i] === ']' && i > begin) {
      const fits = (character: string) => tests.some((test) => test(character));
      return { part: one((character) => fits(character) !== isNegated), length: i + 1 - at };
    }
    const [named, name = ''] = /^\[:([a-z]{1,6}):\]/.exec(pattern.slice(i, i + 10).join('')) ?? [];
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (named !== undefined && kind !== undefined) {
      tests.push((character) => kind.test(character));
      i += named.length;
      continue;
    }
    if (pattern[i] === '\\' && i + 1 < pattern.length) i++;
    const low = pattern[i] ?? '';
    const isRange = pattern[i + 1] === '-' && i + 2 < pattern.length && pattern[i + 2] !== ']';
    const high = isRange ? (pattern[i + 2] ?? '') : low;
    tests.push((character) => code(low) <= code(character) && code(character) <= code(high));
    i += isRange ? 3 : 1;
  }
  return undefined;
}

function code(character: string): number {
  return character.codePointAt(0) ?? 0;
}

const kinds: Readonly<Record<string, RegExp>> = {
  alnum: /[\p{L}\p{N}]/u,
  alpha: /\p{L}/u,
  blank: /[ \t]/,
  cntrl: /\p{Cc}/u,
  digit: /\d/,
  lower: /\p{Ll}/u,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /\p{Lu}/u,
  xdigit: /[\da-f]/i,
};
