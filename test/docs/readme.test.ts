import { describe, expect, test } from 'vitest';
import { exitStatus } from '../../src/errors.ts';
import { commandLine, optionsIn } from './support/command-line.ts';
import { examplesIn } from './support/examples.ts';
import { read } from './support/project.ts';

const readme = read('README.md');
const { commands, options } = commandLine();
const typed = examplesIn(readme)
  .flat()
  .flatMap((example) => example.commands);

/** Options of virsh, npm and systemctl. */
const ofOthers = ['--cpulist', '--live', '--name', '--now', '--uuid', '--vcpu'];

describe('README.md', () => {
  test.each(commands)('shows what %s prints', (command) => {
    expect(typed.some((line) => line.startsWith(`vcpusched ${command}`))).toBe(true);
  });

  test('speaks of no command that there is not', () => {
    const spoken = [...readme.matchAll(/`vcpusched ([a-z]+)/g)].map(([, name]) => name);
    expect(spoken.filter((name) => !commands.includes(name ?? ''))).toEqual([]);
  });

  test('speaks of no option that there is not', () => {
    const known = options.map(({ long }) => long);
    expect(optionsIn(readme, ofOthers).filter((name) => !known.includes(name))).toEqual([]);
  });

  test('lists every exit status', () => {
    const listed = [...readme.matchAll(/^\| (\d+) +\|/gm)].map(([, status]) => Number(status));
    expect(listed).toEqual(expect.arrayContaining(Object.values(exitStatus)));
  });
});
