import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandHelp, programHelp } from '../../src/cli/help.ts';
import { commandNames } from '../../src/options/commands.ts';
import { commandLine } from './support/command-line.ts';
import { manPage } from './support/man-page.ts';
import { messages } from './support/messages.ts';
import { read, root } from './support/project.ts';

const glossary = read('docs/glossary.md');
const [terms = [], banned = []] = glossary.split('The words that are not used').map(rows);
const pages = readdirSync(join(root, 'man')).filter((name) => name.startsWith('vcpusched'));

/** The cells of the tables, without their heads. */
function rows(text: string): readonly (readonly string[])[] {
  const lines = text.match(/^\|.*\|$/gm) ?? [];
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the terms', () => {
  test('are in order, each once', () => {
    const names = terms.map(([term = '']) => term.toLowerCase());
    expect(names.length).toBeGreaterThan(30);
    expect(names).toEqual([...new Set(names)].toSorted());
  });

  test.each(terms)('%s is used where the glossary says', (term, _meaning, _unit, where = '') => {
    const places = [...where.matchAll(/`([^`]+)`/g)].map(([, place = '']) => place);
    expect(places.length).toBeGreaterThan(0);
    const options = commandLine().options.map(({ long }) => long);
    const fields = new Set(pages.flatMap((name) => manPage(`man/${name}`).text.match(/[a-zA-Z]+/g) ?? []));
    for (const place of places) {
      if (place.startsWith('--')) expect(options).toContain(place);
      else if (pages.includes(place))
        expect(manPage(`man/${place}`).text.toLowerCase()).toContain(term.toLowerCase());
      else expect([...fields]).toContain(place);
    }
  });
});

describe('the words that are not used', () => {
  const words = banned.map(([word = '']) => word);
  const pattern = new RegExp(`\\b(${words.join('|').replaceAll(' ', '\\s+')})\\b`, 'i');
  const said = messages();
  const texts = [
    { place: 'the help', text: [programHelp(), ...commandNames.map(commandHelp)].join('\n') },
    ...['README.md', 'share/vcpusched.toml'].map((place) => ({ place, text: read(place) })),
    ...pages.map((name) => ({ place: name, text: manPage(`man/${name}`).text })),
    ...said,
  ];

  test('are some, and would be found', () => {
    expect(words.length).toBeGreaterThan(15);
    expect(said.length).toBeGreaterThan(500);
    for (const word of words) expect(`It is ${word.replace(' ', '\n')}.`).toMatch(pattern);
  });

  test('are in no text that users read', () => {
    const found = texts.flatMap(({ place, text }) => {
      const word = pattern.exec(text)?.[0];
      return word === undefined ? [] : [`${place}: ${word}`];
    });
    expect(found).toEqual([]);
  });
});
