import { expect, test } from 'vitest';
import { groupBy } from '../../src/model/group-by.ts';
import { type Message, messages } from './support/messages.ts';

/** What prints other things than messages: scripts for shells, pages, help texts, and what virsh says. */
const others = [
  'src/cli/completion',
  'src/options',
  'src/render/report',
  'src/simulate/virsh',
  'src/main.ts',
];

const head = `# Messages

What vcpusched says in its results, warnings and errors, by the file that says it; \`…\` stands for what is filled in. Many
of these texts are parts of a line. \`npx vitest run test/docs/messages.test.ts -u\` writes this list anew.
`;

/** Two words in a row, at least. */
const isProse = ({ text }: Message) => /[a-z]{2}.* .*[a-z]{2}/i.test(text);

test('are listed in docs/messages.md', async () => {
  const said = messages().filter(
    (each) => isProse(each) && !others.some((other) => each.place.startsWith(other)),
  );
  const places = groupBy(said, ({ place }) => place);
  const sections = [...places].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(section);
  await expect([head, ...sections].join('\n')).toMatchFileSnapshot('../../docs/messages.md');
});

function section([place, said]: [string, readonly Message[]]): string {
  const texts = new Set(said.map(({ text }) => text.trim().replaceAll('\n', '\\n')));
  return [`## ${place}`, '', ...[...texts].map((text) => `- ${text}`), ''].join('\n');
}
