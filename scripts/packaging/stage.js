import {
  chmodSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

const lib = 'usr/lib/vcpusched';
const doc = 'usr/share/doc/vcpusched';

/** What of the npm package has a place of its own; all the rest stands in /usr/lib/vcpusched. */
const places = (pages, zshFolder) => [
  ['share/vcpusched.toml', 'etc/vcpusched/config.toml'],
  ['share/systemd', 'usr/lib/systemd/system'],
  ['share/completions/vcpusched.bash', 'usr/share/bash-completion/completions/vcpusched'],
  ['share/completions/vcpusched.fish', 'usr/share/fish/vendor_completions.d/vcpusched.fish'],
  ['share/completions/_vcpusched', `usr/share/zsh/${zshFolder}/_vcpusched`],
  ['share/examples', `${doc}/examples`],
  ['dist/licenses', `${doc}/licenses`],
  ['README.md', `${doc}/README.md`],
  ['SECURITY.md', `${doc}/SECURITY.md`],
  ['CHANGELOG.md', `${doc}/changelog`],
  ...pages.map((page) => [page, `usr/share/man/man${page.at(-1)}/${basename(page)}`]),
];

/**
 * Makes of an unpacked npm package, which is used up, the tree of files that a package of the system installs.
 * @param extra texts of further files, by their paths
 */
export function stage({ unpacked, root, zshFolder, extra, timeSeconds }) {
  const { bin, man } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'));
  move(unpacked, join(root, lib));
  for (const [from, to] of places(man, zshFolder)) move(join(root, lib, from), join(root, to));
  for (const [path, text] of Object.entries(extra)) write(join(root, path), text);
  write(join(root, doc, 'copyright'), copyright(root));
  rmSync(join(root, lib, 'LICENSE'));

  mkdirSync(join(root, 'usr/bin'));
  for (const [name, path] of Object.entries(bin)) {
    symlinkSync(`../lib/vcpusched/${path}`, join(root, 'usr/bin', name));
    // The node of the system, whatever is first in PATH.
    change(join(root, lib, path), '#!/usr/bin/env node', '#!/usr/bin/node');
  }
  for (const unit of readdirSync(join(root, 'usr/lib/systemd/system')))
    change(join(root, 'usr/lib/systemd/system', unit), '=vcpusched ', '=/usr/bin/vcpusched ');
  for (const file of files(join(root, 'usr/share'))) if (/\/man\d\/|\/changelog/.test(file)) zip(file);
  tidy(root, timeSeconds);
}

/** All files, links and folders below a folder, with their paths, in one order everywhere. */
export function entries(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function files(folder) {
  return entries(folder).flatMap(({ entry, path }) => (entry.isFile() ? [path] : []));
}

/** The licence of the program, and where those of all that is bundled with it are. */
function copyright(root) {
  const licenses = join(root, doc, 'licenses');
  const names = new Set(files(licenses).map((path) => relative(licenses, dirname(path))));
  return [
    readFileSync(join(root, lib, 'LICENSE'), 'utf8'),
    `The program contains these npm packages. The licence of each is in /${doc}/licenses/NAME.`,
    '',
    ...[...names].map((name) => `  ${name}`),
    '',
  ].join('\n');
}

/** Modes and times that depend neither on the umask nor on the clock of who builds. */
function tidy(root, timeSeconds) {
  for (const { entry, path } of [...entries(root)].reverse()) {
    if (entry.isDirectory()) chmodSync(path, 0o755);
    if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644);
    lutimesSync(path, timeSeconds, timeSeconds);
  }
  chmodSync(root, 0o755);
  lutimesSync(root, timeSeconds, timeSeconds);
}

function move(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
  const left = dirname(from);
  if (existsSync(left) && readdirSync(left).length === 0) rmSync(left, { recursive: true });
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function change(path, from, to) {
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replaceAll(from, () => to),
  );
}

function zip(path) {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  rmSync(path);
}
