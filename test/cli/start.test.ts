import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { programHelp } from '../../src/cli/help.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { program } from '../support/sim.ts';

const texts = [
  ['--version', `vcpusched ${pkg.version}`],
  ['-V', `vcpusched ${pkg.version}`],
  ['--help', programHelp()],
  ['-h', programHelp()],
  ['help', programHelp()],
] as const;

test.each(texts)('vcpusched %s prints what the program says', async (word, text) => {
  expect((await execa(program, [word])).stdout).toBe(text);
});

test('a full disk fails them with the reason', async () => {
  const { exitCode, stderr } = await execa('sh', ['-c', `${program} --help >/dev/full`], { reject: false });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^vcpusched: cannot write the result: ENOSPC/);
});

describe('bin/ beside other files', () => {
  /** bin/ as it is, with a program that prints what it is called with. */
  function installed(files: Readonly<Record<string, string>>): string {
    const folder = temporaryDirectory();
    cpSync(dirname(program), join(folder, 'bin'), { recursive: true });
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const main = 'process.stdout.write("main " + process.argv.slice(2))';
    for (const [name, text] of Object.entries({ 'main.js': main, ...files }))
      writeFileSync(join(folder, 'dist', name), text);
    return join(folder, 'bin/vcpusched.js');
  }

  test('answers from the texts alone', async () => {
    const bin = installed({ 'version.txt': 'a version\n', 'help.txt': 'a help\n' });
    expect((await execa(bin, ['-V'])).stdout).toBe('a version');
    expect((await execa(bin, ['help'])).stdout).toBe('a help');
  });

  test.each([[['--version']], [['help', 'once']], [['once', '--version']], [[]], [['toString']]])(
    'leaves to the program what it has no text for: %j',
    async (args) => {
      const bin = installed({ 'help.txt': 'a help\n' });
      expect((await execa(bin, args)).stdout).toBe(`main ${args}`);
    },
  );

  test('tells in one line that the program is not there', async () => {
    const { exitCode, stderr } = await execa(installed({ 'main.js': 'import "./gone.js"' }), ['once'], {
      reject: false,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^vcpusched: cannot be started: Cannot find module .*$/);
  });
});
