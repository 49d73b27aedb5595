import { describe, expect, test } from 'vitest';
import { policies } from '../../src/balance/policies/index.ts';
import { commandHelp, programHelp } from '../../src/cli/help.ts';
import { run } from '../../src/cli/run.ts';
import { commandNames, commands } from '../../src/options/commands.ts';
import { commandLine, optionsOf, settingFacts } from '../docs/support/command-line.ts';
import { fakeContext } from '../support/fake-context.ts';

const { options } = commandLine();
const all = [programHelp(), ...commandNames.map(commandHelp)];

/** What the program prints for a command line. */
async function printed(...args: readonly string[]): Promise<string> {
  const { context, output } = fakeContext();
  expect(await run(args, { VCPUSCHED_HIGH: 'not read' }, context)).toBe(0);
  return output.out();
}

/** The long options at the start of a line, and the text of each on one line. */
function rows(text: string): ReadonlyMap<string, string> {
  const found = text.matchAll(/^ {2}(?:-\w, | {4})(--[a-z0-9-]+)(?: <[^>]+>)?\s+((?:.+\n {28})*.+)$/gm);
  return new Map([...found].map(([, name = '', help = '']) => [name, help.replaceAll(/\s+/g, ' ')]));
}

test('no line is wider than 80 columns, and none ends in a space', () => {
  const lines = all.join('\n').split('\n');
  expect(lines.filter((line) => line.length > 80 || line.endsWith(' '))).toEqual([]);
});

describe('the help of the program', () => {
  test('is printed by --help, -h and help', async () => {
    for (const args of [['--help'], ['-h'], ['help'], ['--json', '--help']])
      expect(await printed(...args)).toBe(`${programHelp()}\n`);
  });

  test('has every command with its line', () => {
    for (const name of commandNames) {
      const line = programHelp().match(new RegExp(`^  ${name} .*$`, 'm'))?.[0] ?? '';
      expect(line.endsWith(`  ${commands[name].summary}`)).toBe(true);
    }
  });

  test('has the options that every command has, and no other', () => {
    const common = options.filter(({ scope }) => scope.length === commandNames.length - 2);
    expect(common.length).toBeGreaterThan(4);
    expect([...rows(programHelp()).keys()]).toEqual(common.map(({ long }) => long));
  });
});

describe.each(commandNames)('the help of %s', (name) => {
  test('is printed by help and by --help behind it', async () => {
    expect(await printed('help', name)).toBe(`${commandHelp(name)}\n`);
    expect(await printed(name, '--help')).toBe(`${commandHelp(name)}\n`);
  });

  test('has the options that do something there, and no other', () => {
    expect([...rows(commandHelp(name)).keys()].toSorted()).toEqual(optionsOf(name));
  });

  test('says what each option takes, and its default', () => {
    for (const [long, help] of rows(commandHelp(name))) {
      const facts = settingFacts(long);
      for (const choice of long === '--policy' ? Object.keys(policies) : facts.choices)
        expect(help).toMatch(new RegExp(`\\(.*\\b${choice}\\b.*\\)$`));
      if (facts.default !== undefined) expect(help).toMatch(new RegExp(`default: ${facts.default}s?\\)$`));
      expect(help.includes('may be repeated')).toBe(facts.notation === 'list');
    }
  });
});

test.each([
  ['status', ['--high', '--policy', '--max-moves', '--since-last']],
  ['doctor', ['--high', '--window', '--verbose']],
  ['config', ['--virsh', '--domain', '--color']],
  ['record', ['--domain', '--cpus', '--state-dir', '--policy']],
  ['restore', ['--cpus', '--high', '--window']],
  ['simulate', ['--virsh', '--timeout', '--state-dir', '--foreign']],
] as const)('%s does not show what does nothing there', (name, without) => {
  expect([...rows(commandHelp(name)).keys()]).not.toEqual(expect.arrayContaining([...without]));
  for (const long of without) expect(rows(commandHelp(name)).has(long)).toBe(false);
});
