import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { root } from '../docs/support/project.ts';
import { temporaryDirectory } from '../support/executable.ts';

const changes = '# Changelog\n\n## [0.2.0] - unreleased\n\n- A change.\n\n## [0.1.0] - 2026-01-02\n';

/** A project of one commit, whose checks are `check`, and the release script to run in it. */
async function project(check = 'true') {
  const folder = temporaryDirectory();
  const files = {
    'package.json': JSON.stringify({ name: 'vcpusched', version: '0.1.0', scripts: { test: check } }),
    'CHANGELOG.md': changes,
    'README.md': 'vcpusched\n',
    'man/vcpusched.1': '.TH VCPUSCHED 1 2026-01-02 "vcpusched 0.1.0" "User Commands"\n',
    '.gitignore': '*.tgz\n',
  };
  mkdirSync(join(folder, 'man'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org' };
  const committer = { GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.org' };
  const options = { cwd: folder, env: { ...identity, ...committer } };
  const git = async (...args: readonly string[]) => (await execa('git', args, options)).stdout;
  await git('init', '--quiet');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'Begin');
  const release = (...args: readonly string[]) =>
    execa(process.execPath, [join(root, 'scripts/release.js'), ...args], { ...options, reject: false });
  const text = (name: string) => readFileSync(join(folder, name), 'utf8');
  const state = async () => [
    await git('status', '--porcelain'),
    await git('tag'),
    await git('log', '--format=%s'),
  ];
  return { folder, release, text, state };
}

describe('npm run release', () => {
  test('sets the version and the heading, checks, packs, commits and tags', async () => {
    const { folder, release, text, state } = await project();
    const { exitCode, stderr } = await release('0.2.0');
    expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('release:')]);
    expect(JSON.parse(text('package.json'))).toMatchObject({ version: '0.2.0' });
    expect(text('CHANGELOG.md')).toMatch(/^## \[0\.2\.0\] - \d{4}-\d\d-\d\d$/m);
    expect(text('CHANGELOG.md')).toContain('## [0.1.0] - 2026-01-02');
    expect(text('man/vcpusched.1')).toContain('"vcpusched 0.2.0"');
    expect(readdirSync(folder)).toContain('vcpusched-0.2.0.tgz');
    expect(await state()).toEqual(['', 'v0.2.0', 'Release 0.2.0\nBegin']);
    expect((await release('0.2.0')).stderr).toBe('release: v0.2.0 is there already: choose another version');
  });

  test('with --dry-run shows the steps and takes none', async () => {
    const { release, state } = await project('false');
    const { exitCode, stdout } = await release('0.2.0', '--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'would npm version',
      'would man/vcpusched.1: "vcpusched',
      'would CHANGELOG.md: ##',
      'would npm test',
      'would npm pack',
      'would git commit',
      'would git tag',
    ]);
    expect(await state()).toEqual(['', '', 'Begin']);
  });

  test('where the checks fail, all is as before', async () => {
    const { release, state } = await project('false');
    expect((await release('0.2.0')).exitCode).toBe(1);
    expect(await state()).toEqual(['', '', 'Begin']);
  });

  test('refuses a work tree with changes, and keeps them', async () => {
    const { folder, release, text } = await project();
    writeFileSync(join(folder, 'README.md'), 'changed\n');
    const { exitCode, stderr } = await release('0.2.0');
    expect([exitCode, stderr]).toEqual([1, 'release: the work tree has changes: commit or stash them']);
    expect(text('README.md')).toBe('changed\n');
  });

  test.each([['0.2'], ['v0.2.0'], [''], ['0.2.0 --force']])('refuses %j', async (words) => {
    const { release, state } = await project();
    const { exitCode, stderr } = await release(...words.split(' '));
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^release: usage: /)]);
    expect(await state()).toEqual(['', '', 'Begin']);
  });
});
