import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { policies } from '../../src/balance/policies/index.ts';
import { commandLine, optionsIn, optionsOf } from './support/command-line.ts';
import { read, root } from './support/project.ts';

const { commands, options } = commandLine();
const bash = 'share/completions/vcpusched.bash';

describe('bash completion', () => {
  test('offers the commands and the options of all', () => {
    const common = options.filter((option) => option.commands === undefined).map(({ long }) => long);
    expect(completed(['']).toSorted()).toEqual([...common, ...commands].toSorted());
  });

  test.each(commands)('offers the options of %s, and none besides', (command) => {
    expect(completed([command, '-']).toSorted()).toEqual(optionsOf(command));
  });

  test.each(options.filter(({ takesValue }) => takesValue))(
    'offers no option as a value of $long',
    (option) => {
      const command = option.commands?.[0] ?? 'once';
      expect(completed([command, option.long, '']).filter((word) => word.startsWith('-'))).toEqual([]);
    },
  );

  test('offers the values of an option, after a space and after =', () => {
    expect(completed(['plan', '--format', ''])).toEqual(['table', 'json', 'shell']);
    expect(completed(['plan', '--format', '=', 's'])).toEqual(['shell']);
    expect(completed(['once', '--policy', ''])).toEqual(Object.keys(policies));
  });
});

describe.each([
  { shell: 'zsh', path: 'share/completions/_vcpusched', written: /--([a-z][a-z0-9-]*)/g },
  { shell: 'fish', path: 'share/completions/vcpusched.fish', written: /^complete .*? -l ([a-z0-9-]+)/gm },
])('$shell completion', ({ path, written }) => {
  const text = read(path);

  test('knows every option, and none besides', () => {
    const offered = new Set([...text.matchAll(written)].map(([, name]) => `--${name}`));
    expect([...offered].toSorted()).toEqual(options.map(({ long }) => long).toSorted());
  });

  test('knows every command and every policy', () => {
    for (const word of [...commands, ...Object.keys(policies)])
      expect(text).toMatch(new RegExp(`\\b${word}\\b`));
  });
});

test('no completion speaks of an option that there is not', () => {
  const known = options.map(({ long }) => long);
  expect(optionsIn(read(bash)).filter((name) => !known.includes(name))).toEqual([]);
});

/** What bash offers for the last of the words after `vcpusched`. */
function completed(words: readonly string[]): readonly string[] {
  const script = `source ${bash}; COMP_WORDS=(vcpusched "$@"); COMP_CWORD=$#; _vcpusched; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', script, 'bash', ...words], { cwd: root, encoding: 'utf8' });
  return output.split('\n').filter((word) => word !== '');
}
