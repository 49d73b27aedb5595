import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { policies } from '../../src/balance/policies/index.ts';
import { completion } from '../../src/cli/completion/completion.ts';
import { commandNames } from '../../src/options/commands.ts';
import { commandLine, optionsOf } from '../docs/support/command-line.ts';
import { root } from '../docs/support/project.ts';

const { options } = commandLine();
const folder = mkdtempSync(join(tmpdir(), 'vcpusched-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));

const asked = join(folder, 'asked');
const virsh = join(folder, 'virsh');
const work = join(folder, 'work');
mkdirSync(join(work, 'state'), { recursive: true });
writeFileSync(join(work, 'day.gz'), '');
writeFileSync(
  virsh,
  `#!/bin/sh\necho "$@" > ${asked}\nprintf 'web-1\\nweb-2\\nmy vm\\n$(touch pwned)\\n\\n'\n`,
);
chmodSync(virsh, 0o755);

/** What bash offers for the last of the words after `vcpusched`, which are as bash splits them. */
async function offered(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  const source = join(root, 'share/completions/vcpusched.bash');
  const script = `source ${source}; COMP_WORDS=(vcpusched "$@"); COMP_CWORD=$#; _vcpusched; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', ...words], {
    cwd: work,
    env: { ...process.env, VCPUSCHED_VIRSH: virsh, ...env },
  });
  return stdout.split('\n').filter((word) => word !== '');
}

test.each([
  ['bash', 'vcpusched.bash'],
  ['zsh', '_vcpusched'],
  ['fish', 'vcpusched.fish'],
])('the file for %s is what the program prints', async (shell, file) => {
  await expect(completion(shell)).toMatchFileSnapshot(join(root, 'share/completions', file));
});

describe('bash completion', () => {
  test('offers the commands, and the options that may stand before them', async () => {
    expect(await offered([''])).toEqual(commandNames);
    expect(await offered(['w'])).toEqual(['watch']);
    const common = options.filter((option) => option.commands === undefined).map(({ long }) => long);
    expect((await offered(['-'])).toSorted()).toEqual(common.toSorted());
  });

  test.each(commandNames)('offers the options of %s, and none besides', async (command) => {
    expect((await offered([command, '-'])).toSorted()).toEqual(optionsOf(command));
  });

  test.each(options.filter(({ value }) => value !== undefined))(
    'offers no option as a value of $long',
    async (option) => {
      const words = await offered([option.scope[0] ?? '', option.long, '']);
      expect(words.filter((word) => word.startsWith('-'))).toEqual([]);
    },
  );

  test.each([
    [
      ['plan', '--format', ''],
      ['table', 'json', 'shell'],
    ],
    [['plan', '--format', '=', 's'], ['shell']],
    [
      ['plan', '--format', '='],
      ['table', 'json', 'shell'],
    ],
    [['once', '--policy', ''], Object.keys(policies)],
    [
      ['-c', 'qemu'],
      ['qemu:///system', 'qemu:///session'],
    ],
    [['-c', 'qemu', ':', '///sy'], ['///system']],
    [
      ['config', ''],
      ['check', 'show'],
    ],
    [['config', 'check', 'd'], ['day.gz']],
    [['--json', 'config', 'check', 'd'], ['day.gz']],
    [['simulate', 'x', '--high', '90', 'd'], ['day.gz']],
    [['simulate', '--report', 'd'], ['day.gz']],
    [
      ['record', ''],
      ['day.gz', 'state'],
    ],
    [['completion', 'f'], ['fish']],
    [['help', 'do'], ['doctor']],
    [['once', '--state-dir', ''], ['state']],
    [['watch', '--cycles', ''], []],
  ])('offers for %j %j', async (words, expected) => {
    expect((await offered(words)).toSorted()).toEqual(expected.toSorted());
  });

  test('offers the domains that virsh lists on that connection, over a read-only one', async () => {
    expect(await offered(['explain', 'web'])).toEqual(['web-1', 'web-2']);
    expect(readFileSync(asked, 'utf8')).toBe('-q -r list --all --name\n');
    expect(await offered(['-c', 'test', ':', '///x', 'once', '--domain', '=', 'web-2'])).toEqual(['web-2']);
    expect(readFileSync(asked, 'utf8')).toBe('-q -r -c test:///x list --all --name\n');
  });

  test('a name of a domain is a word, and no command', async () => {
    expect(await offered(['once', '--exclude', 'my\\ v'])).toEqual(['my\\ vm']);
    expect(await offered(['explain', '$'])).toEqual(['\\$\\(touch\\ pwned\\)']);
    expect(existsSync(join(work, 'pwned'))).toBe(false);
  });

  test('offers no domain if virsh does not answer, and ends it', async () => {
    const silent = join(folder, 'silent');
    const pid = join(folder, 'pid');
    writeFileSync(silent, `#!/bin/sh\necho $$ > ${pid}\nexec sleep 1000\n`);
    chmodSync(silent, 0o755);
    expect(await offered(['explain', ''], { VCPUSCHED_VIRSH: silent })).not.toContain('web-1');
    expect(() => process.kill(Number(readFileSync(pid, 'utf8')), 0)).toThrow('ESRCH');
    rmSync(silent);
  });
});

describe.each([
  { shell: 'zsh', written: /(--[a-z][a-z0-9-]*)/g },
  { shell: 'fish', written: /^complete .*? -l ([a-z0-9-]+)/gm },
])('$shell completion', ({ shell, written }) => {
  const text = completion(shell);

  test('has every option, and none besides', () => {
    const names = [...text.matchAll(written)].map(([, name = '']) => name.replace(/^(--)?/, '--'));
    expect([...new Set(names)].toSorted()).toEqual(
      [...options.map(({ long }) => long), ...(shell === 'zsh' ? ['--all', '--name'] : [])].toSorted(),
    );
  });

  test('has every command and every policy', () => {
    for (const word of [...commandNames, ...Object.keys(policies)])
      expect(text).toMatch(new RegExp(`\\b${word}\\b`));
  });

  test.skipIf(!isThere(shell))('is a script that the shell can read', () => {
    execFileSync(shell, ['-n', '-c', text], { stdio: 'pipe' });
  });
});

test.skipIf(!isThere('fish'))('fish offers commands, options and values', () => {
  const complete = (line: string) =>
    execFileSync(
      'fish',
      [
        '--no-config',
        '-c',
        `source $argv[1]; complete -C $argv[2]`,
        join(root, 'share/completions/vcpusched.fish'),
        line,
      ],
      {
        cwd: work,
        env: { ...process.env, HOME: folder, VCPUSCHED_VIRSH: virsh },
        encoding: 'utf8',
      },
    )
      .split('\n')
      .flatMap((each) => each.split('\t')[0] || []);
  expect(complete('vcpusched ').toSorted()).toEqual([...commandNames].toSorted());
  for (const command of commandNames)
    expect(complete(`vcpusched ${command} --`).toSorted()).toEqual(optionsOf(command));
  expect(complete('vcpusched plan --format ')).toEqual(['json', 'shell', 'table']);
  expect(complete('vcpusched explain web')).toEqual(['web-1', 'web-2']);
});

/** Whether this machine has a program. */
function isThere(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((place) => existsSync(join(place, program)));
}
