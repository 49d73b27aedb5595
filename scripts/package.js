import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { entries, files, stage } from './packaging/stage.js';

/**
 * Builds the npm tarball, and of what it contains a .deb and an .rpm, in packages/: `npm run package`, or
 * `npm run package -- deb` for one of them. The same commit gives the same bytes: all times are SOURCE_DATE_EPOCH, or
 * the time of the last commit.
 */
const builders = { deb: buildDeb, rpm: buildRpm };
const asked = process.argv.slice(2);
const formats = asked.length > 0 ? asked : Object.keys(builders);
const target = 'packages';
const templates = join(import.meta.dirname, 'packaging');
// Whatever that of the caller: modes are a part of what is built.
process.umask(0o022);
const work = mkdtempSync(join(tmpdir(), 'vcpusched-package-'));

try {
  if (!formats.every((format) => Object.hasOwn(builders, format)))
    throw new Error('usage: npm run package [-- deb | rpm]');
  build();
} catch ({ message }) {
  process.stderr.write(`package: ${message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true });
}

function build() {
  const { version, engines } = JSON.parse(readFileSync('package.json', 'utf8'));
  const timeSeconds = Number(process.env.SOURCE_DATE_EPOCH ?? run('git', 'log', '-1', '--format=%ct'));
  process.env.SOURCE_DATE_EPOCH = String(timeSeconds);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  run('npm', 'pack', '--pack-destination', target);
  const tarball = join(target, `vcpusched-${version}.tgz`);
  const [summary, , ...description] = template('description').trim().split('\n');
  const values = {
    // 1.0.0-rc.1 is older than 1.0.0.
    VERSION: version.replace('-', '~'),
    SUMMARY: summary,
    DESCRIPTION: description.join('\n'),
    NODE: engines.node.replace('>=', ''),
    // A Debian package must name an address; the project has none.
    MAINTAINER: 'the vcpusched authors <maintainers@vcpusched.invalid>',
    DATE: new Date(timeSeconds * 1000).toUTCString().replace('GMT', '+0000'),
  };
  for (const format of formats) builders[format](tarball, timeSeconds, values);
  for (const file of files(target)) process.stdout.write(`${file} ${statSync(file).size}\n`);
}

function buildDeb(tarball, timeSeconds, values) {
  const root = join(work, 'deb');
  const extra = {
    'usr/lib/sysusers.d/vcpusched.conf': template('sysusers.conf'),
    'usr/share/doc/vcpusched/changelog.Debian': template('deb/changelog', values),
  };
  stage({ unpacked: unpack(tarball), root, zshFolder: 'vendor-completions', extra, timeSeconds });

  const sizeKib = files(root).reduce((sum, file) => sum + Math.ceil(statSync(file).size / 1024), 0);
  const sums = files(root).map((file) => `${md5(file)}  ${relative(root, file)}\n`);
  const settings = files(join(root, 'etc')).map((file) => `/${relative(root, file)}\n`);
  const control = join(root, 'DEBIAN');
  mkdirSync(control);
  const put = (name, text, mode = 0o644) => writeFileSync(join(control, name), text, { mode });
  const description = values.DESCRIPTION.replaceAll(/^$/gm, '.').replaceAll(/^/gm, ' ');
  put('control', template('deb/control', { ...values, DESCRIPTION: description, SIZE_KIB: sizeKib }));
  put('md5sums', sums.join(''));
  put('conffiles', settings.join(''));
  for (const script of ['postinst', 'prerm', 'postrm']) put(script, template(`deb/${script}`), 0o755);
  // With more threads the compressed bytes would depend on the machine.
  process.env.DPKG_DEB_THREADS_MAX = '1';
  run('dpkg-deb', '--root-owner-group', '-Zxz', '--build', root, target);
}

function buildRpm(tarball, timeSeconds, values) {
  const root = join(work, 'rpm');
  const extra = { 'usr/lib/sysusers.d/vcpusched.conf': template('sysusers.conf') };
  stage({ unpacked: unpack(tarball), root, zshFolder: 'site-functions', extra, timeSeconds });

  const list = join(work, 'files');
  writeFileSync(
    list,
    entries(root)
      .map((each) => rpmFile(each, root))
      .join(''),
  );
  const spec = join(work, 'vcpusched.spec');
  writeFileSync(spec, template('vcpusched.spec', { ...values, ROOT: root, FILES: list }));
  const top = join(work, 'rpmbuild');
  run('rpmbuild', '-bb', '--quiet', '--define', `_topdir ${top}`, '--define', `_tmppath ${work}`, spec);
  for (const file of files(join(top, 'RPMS'))) copyFileSync(file, join(target, file.split('/').at(-1)));
}

/** A line of %files: the package owns its files, and the folders that nobody else uses. */
function rpmFile({ entry, path }, root) {
  const name = `/${relative(root, path)}`;
  if (entry.isDirectory()) return name.includes('/vcpusched') ? `%dir ${name}\n` : '';
  if (name.startsWith('/etc/')) return `%config(noreplace) ${name}\n`;
  return /\/copyright$|\/licenses\//.test(name) ? `%license ${name}\n` : `${name}\n`;
}

function unpack(tarball) {
  const folder = mkdtempSync(join(work, 'npm-'));
  run('tar', '--extract', '--file', tarball, '--directory', folder, '--no-same-owner');
  return join(folder, 'package');
}

function template(name, values = {}) {
  return readFileSync(join(templates, name), 'utf8').replaceAll(/@([A-Z_]+)@/g, (_, key) => {
    if (values[key] === undefined) throw new Error(`${name}: there is no value for ${key}`);
    return values[key];
  });
}

function md5(file) {
  return createHash('md5').update(readFileSync(file)).digest('hex');
}

function run(command, ...args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`${command} is missing: install it`);
    throw error;
  }
}
