import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * Makes a release: `npm run release VERSION`, or `npm run release VERSION -- --dry-run`, which shows the steps only.
 * It sets the version wherever it stands and the heading of CHANGELOG.md, checks, packs, commits and tags. It pushes and
 * publishes nothing. Where a step fails, the files are as before.
 */
const [version = '', ...flags] = process.argv.slice(2);
const isDry = flags.includes('--dry-run');
const tag = `v${version}`;
const heading = /^## \[[^\]]*\] - unreleased$/m;

try {
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version) || flags.some((flag) => flag !== '--dry-run'))
    fail('usage: npm run release VERSION [-- --dry-run], such as 1.2.0');
  if (read('git', 'status', '--porcelain') !== '') fail('the work tree has changes: commit or stash them');
  if (read('git', 'tag', '--list', tag) !== '') fail(`${tag} is there already: choose another version`);
  if (!heading.test(readFileSync('CHANGELOG.md', 'utf8')))
    fail('CHANGELOG.md has no heading "## [VERSION] - unreleased"');
  try {
    release();
  } catch (error) {
    execFileSync('git', ['restore', '--staged', '--worktree', '.']);
    throw error;
  }
} catch ({ message }) {
  process.stderr.write(`release: ${message}\n`);
  process.exitCode = 1;
}

function release() {
  const { version: before } = JSON.parse(readFileSync('package.json', 'utf8'));
  run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version');
  for (const page of readdirSync('man'))
    change(`man/${page}`, `"vcpusched ${before}"`, `"vcpusched ${version}"`);
  change('CHANGELOG.md', heading, `## [${version}] - ${new Date().toISOString().slice(0, 10)}`);
  run('npm', 'test');
  run('npm', 'pack');
  run('git', 'commit', '--all', '--message', `Release ${version}`);
  run('git', 'tag', '--annotate', tag, '--message', `vcpusched ${version}`);
}

function run(command, ...args) {
  step([command, ...args].join(' '), () => execFileSync(command, args, { stdio: 'inherit' }));
}

function change(file, from, to) {
  const text = readFileSync(file, 'utf8');
  step(`${file}: ${to}`, () =>
    writeFileSync(
      file,
      text.replaceAll(new RegExp(from, 'gm'), () => to),
    ),
  );
}

function step(text, act) {
  process.stdout.write(`${isDry ? 'would' : 'release:'} ${text}\n`);
  if (!isDry) act();
}

function read(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8' }).trim();
}

function fail(message) {
  throw new Error(message);
}
