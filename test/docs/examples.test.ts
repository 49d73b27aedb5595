import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { examplesIn, runExamples, withoutFigures } from './support/examples.ts';
import { read, root } from './support/project.ts';

const path = 'README.md';
const hosts = examplesIn(read(path)).map((examples) => ({
  examples,
  first: examples[0]?.commands.join('; '),
}));

/** They mostly sleep, so they do so at the same time. With UPDATE_EXAMPLES set, README.md is written anew instead. */
test.concurrent.each(hosts)('README.md shows what is printed: $first', async ({ examples }) => {
  const printed = await runExamples(examples);
  if (process.env['UPDATE_EXAMPLES']) {
    const update = (text: string, { block }: { block: string }, i: number): string =>
      text.replace(block, () => printed[i] ?? '');
    writeFileSync(`${root}/${path}`, examples.reduce(update, read(path)));
  } else {
    expect(printed.map(withoutFigures)).toEqual(examples.map(({ block }) => withoutFigures(block)));
  }
});

test('there are examples', () => {
  expect(hosts.length).toBeGreaterThan(4);
});
