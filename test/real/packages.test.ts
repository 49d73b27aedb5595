import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { buildPackages, unlikeCircumstances } from '../support/build-packages.ts';
import { temporaryDirectory } from '../support/executable.ts';

const ends = (suffix: string) => (path: string) => path.endsWith(suffix);
const lines = async (command: string, ...args: readonly string[]) =>
  (await execa(command, args)).stdout.split('\n').sort();

describe('the packages', () => {
  let builds: readonly (readonly string[])[];
  let rpm: string;
  let deb: string;

  beforeAll(async () => {
    builds = await Promise.all(unlikeCircumstances.map((each) => buildPackages('rpm', each)));
    rpm = builds[0]?.find(ends('.rpm')) ?? '';
    deb = (await buildPackages('deb')).find(ends('.deb')) ?? '';
  });

  test('the .rpm is made of the same bytes elsewhere', () => {
    const [first, second] = builds.map((paths) =>
      paths.filter(ends('.rpm')).map((path) => createHash('sha256').update(readFileSync(path)).digest('hex')),
    );
    expect(first).toHaveLength(1);
    expect(first).toEqual(second);
  });

  test('the .rpm depends on what the program starts, with the epoch of nodejs', async () => {
    const requires = await lines('rpm', '-qp', '--requires', rpm);
    const node = pkg.engines.node.replace('>=', '>= 1:');
    expect(requires).toEqual(expect.arrayContaining([`nodejs ${node}`, 'libvirt-client', 'util-linux']));
    expect(
      await lines('rpm', '-qp', '--queryformat', '%{name} %{version}-%{release} %{arch} %{license}', rpm),
    ).toEqual([`vcpusched ${pkg.version}-1 noarch MIT`]);
  });

  test('the .rpm keeps a changed configuration', async () => {
    const flags = await lines('rpm', '-qp', '--queryformat', '[%{filenames} %{fileflags:fflags}\n]', rpm);
    expect(flags.filter((line) => line.startsWith('/etc/'))).toEqual([
      '/etc/vcpusched ',
      '/etc/vcpusched/config.toml cn',
    ]);
    const owners = await lines('rpm', '-qp', '--queryformat', '[%{fileusername}:%{filegroupname}\n]', rpm);
    expect(new Set(owners.filter((line) => line !== ''))).toEqual(new Set(['root:root']));
  });

  test('both contain the same files, besides what the systems have in different places', async () => {
    const ofRpm = await lines('rpm', '-qp', '--queryformat', '[%{filemodes:perms} %{filenames}\n]', rpm);
    const { stdout } = await execa('dpkg-deb', ['--contents', deb]);
    const ofDeb = stdout.split('\n').map((line) => {
      const [mode, , , , , path = ''] = line.split(/\s+/);
      return `${mode} ${path.slice(1)}`;
    });
    const plain = (entries: readonly string[]) =>
      entries
        .filter((entry) => /^[-l]/.test(entry) && !entry.endsWith('/changelog.Debian.gz'))
        .map((entry) => entry.replace('/vendor-completions/', '/site-functions/'))
        .sort();
    expect(plain(ofRpm)).toEqual(plain(ofDeb));
  });

  test('the .rpm installs into an empty root, is whole there, runs, and goes', async () => {
    const root = temporaryDirectory();
    const run = (...args: readonly string[]) => execa('rpm', ['--root', root, '--nodeps', ...args]);
    mkdirSync(join(root, 'var/lib/rpm'), { recursive: true });
    await run('--install', '--noscripts', rpm);
    await run('--verify', 'vcpusched');
    const program = join(root, 'usr/bin/vcpusched');
    expect((await execa(process.execPath, [program, '--version'])).stdout).toContain(pkg.version);
    const settings = join(root, 'etc/vcpusched/config.toml');
    writeFileSync(settings, 'max-moves = 3\n');
    await run('--erase', '--noscripts', 'vcpusched');
    expect(existsSync(program)).toBe(false);
    expect(readFileSync(`${settings}.rpmsave`, 'utf8')).toBe('max-moves = 3\n');
    expect(existsSync(join(root, 'usr/lib/vcpusched'))).toBe(false);
  });

  test('rpm2cpio unpacks the .rpm', async () => {
    const root = temporaryDirectory();
    await execa('sh', ['-c', 'rpm2cpio "$1" | cpio --extract --make-directories --quiet', 'sh', rpm], {
      cwd: root,
    });
    expect((await execa(process.execPath, [join(root, 'usr/bin/virsh-sim'), 'help'])).stdout).not.toBe('');
  });

  test('its scripts are those of a shell', async () => {
    const { stdout } = await execa('rpm', ['-qp', '--scripts', rpm]);
    expect(stdout.match(/scriptlet \(using (.*)\)/g)).toEqual(Array(3).fill('scriptlet (using /bin/sh)'));
    await execa('sh', ['-n'], { input: stdout.replaceAll(/^.* scriptlet \(using .*$/gm, '') });
  });

  test('lintian finds nothing in the .deb', async () => {
    // It asks for the number of the request by which a package comes into Debian.
    const suppress = ['--suppress-tags', 'initial-upload-closes-no-bugs'];
    const { stdout } = await execa('lintian', [
      '--allow-root',
      '--fail-on',
      'error,warning',
      ...suppress,
      deb,
    ]);
    expect(stdout).toBe('');
  });
});
