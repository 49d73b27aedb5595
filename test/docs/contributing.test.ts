import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { read, root } from './support/project.ts';

const text = read('CONTRIBUTING.md');

test('files and folders of src/ that scripts, tests and documents name are there', () => {
  const files = ['bench', 'docs', 'man', 'scripts', 'share', 'test'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => `${parentPath.slice(root.length)}/${name}`),
  );
  // In a regular expression a slash or a dot has a backslash before it.
  const named = files.flatMap((file) =>
    [...read(file).matchAll(/\bsrc(?:\\?\/[\w-]+(?:\\?\.\w+)*)+/g)].map(([path]) =>
      path.replaceAll('\\', ''),
    ),
  );
  expect(named.length).toBeGreaterThan(1000);
  expect([...new Set(named)].filter((path) => !existsSync(`${root}/${path}`))).toEqual([]);
});

describe('CONTRIBUTING.md', () => {
  test('says what each folder of src/ may import, as dependency-cruiser checks it', () => {
    const rules = v.object({
      forbidden: v.array(v.object({ name: v.string(), to: v.looseObject({ pathNot: v.optional(v.any()) }) })),
    });
    const { forbidden } = v.parse(rules, createRequire(import.meta.url)(`${root}/.dependency-cruiser.cjs`));
    const allowed = forbidden.flatMap(({ name, to }) => {
      const [, room] = /^(\w+)-imports-downwards$/.exec(name) ?? [];
      const [, rooms = ''] = /\((.*?)\)/.exec(String(to.pathNot)) ?? [];
      return room === undefined ? [] : [[room, rooms.split('|').slice(1).toSorted()]];
    });
    const told = [...text.matchAll(/^\| `src\/(\w+)\/` .*\| *([^|]*?) *\|$/gm)].map(
      ([, room, rooms = '']) => [
        room,
        rooms
          .split(', ')
          .filter((each) => each !== '')
          .toSorted(),
      ],
    );
    expect(new Map(told as [])).toEqual(new Map(allowed as []));
  });

  test('names files and scripts that there are', () => {
    const paths = text.match(/(?<=`)(src|test|bench|man|share|fixtures|docs|\.ci)\/[\w./-]+(?=`)/g) ?? [];
    expect(paths.length).toBeGreaterThan(25);
    expect(paths.filter((path) => !existsSync(`${root}/${path}`))).toEqual([]);
    const scripts = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
    expect(scripts.filter((name) => !Object.keys(pkg.scripts).includes(name ?? ''))).toEqual([]);
    const benches = [...text.matchAll(/bench\/run\.js (\w+)/g)].map(([, name]) => `bench/${name}.ts`);
    expect(benches.filter((path) => !existsSync(`${root}/${path}`))).toEqual([]);
  });
});
