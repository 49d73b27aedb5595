import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { read } from '../docs/support/project.ts';
import { buildPackages, unlikeCircumstances } from '../support/build-packages.ts';
import { temporaryDirectory } from '../support/executable.ts';

describe('the Debian package', () => {
  let builds: readonly (readonly string[])[];
  let deb: string;
  let contents: ReadonlyMap<string, string>;
  const root = temporaryDirectory();
  const control = temporaryDirectory();
  const text = (path: string) => readFileSync(join(root, path), 'utf8');
  const field = async (name: string) => (await execa('dpkg-deb', ['--field', deb, name])).stdout;

  beforeAll(async () => {
    builds = await Promise.all(unlikeCircumstances.map((each) => buildPackages('deb', each)));
    deb = builds[0]?.find((path) => path.endsWith('.deb')) ?? '';
    await execa('dpkg-deb', ['--extract', deb, root]);
    await execa('dpkg-deb', ['--control', deb, control]);
    const { stdout } = await execa('dpkg-deb', ['--contents', deb]);
    contents = new Map(
      stdout.split('\n').map((line) => {
        const [mode, owner, , date, time, path = '', ...link] = line.split(/\s+/);
        return [path.slice(1), [mode, owner, date, time, ...link].join(' ')];
      }),
    );
  });

  test('is made of the same bytes elsewhere, as is the tarball', () => {
    const [first, second] = builds.map((paths) =>
      paths.map((path) => [basename(path), createHash('sha256').update(readFileSync(path)).digest('hex')]),
    );
    expect(first).toEqual(second);
    expect(first?.map(([name]) => name)).toEqual([
      `vcpusched-${pkg.version}.tgz`,
      `vcpusched_${pkg.version}-1_all.deb`,
    ]);
  });

  const file = '-rw-r--r-- root/root';
  const script = '-rwxr-xr-x root/root';
  const link = 'lrwxrwxrwx root/root';
  test.each<readonly [path: string, modeAndOwner: string]>([
    ['/etc/vcpusched/config.toml', file],
    ['/usr/bin/vcpusched', link],
    ['/usr/bin/virsh-sim', link],
    ['/usr/lib/vcpusched/bin/vcpusched.js', script],
    ['/usr/lib/vcpusched/dist/main.js', file],
    ['/usr/lib/vcpusched/fixtures/scenarios/demo.toml', file],
    ['/usr/lib/vcpusched/share/demo.sh', script],
    ['/usr/lib/systemd/system/vcpusched.service', file],
    ['/usr/lib/systemd/system/vcpusched-once.timer', file],
    ['/usr/lib/sysusers.d/vcpusched.conf', file],
    ['/usr/share/bash-completion/completions/vcpusched', file],
    ['/usr/share/zsh/vendor-completions/_vcpusched', file],
    ['/usr/share/fish/vendor_completions.d/vcpusched.fish', file],
    ['/usr/share/doc/vcpusched/copyright', file],
    ['/usr/share/doc/vcpusched/licenses/cac/LICENSE', file],
    ['/usr/share/doc/vcpusched/examples/unprivileged.conf', file],
    ['/usr/share/doc/vcpusched/changelog.gz', file],
    ['/usr/share/doc/vcpusched/changelog.Debian.gz', file],
    ...pkg.man.map((page) => [`/usr/share/man/man${page.at(-1)}/${basename(page)}.gz`, file] as const),
  ])('contains %s', (path, modeAndOwner) => {
    expect(contents.get(path)).toMatch(new RegExp(`^${modeAndOwner} 2026-01-0[12] `));
  });

  test('contains nothing that an administrator or the program writes, besides the configuration', () => {
    const others = [...contents.keys()].filter((path) => !path.startsWith('/usr/') && !path.endsWith('/'));
    expect(others).toEqual(['/etc/vcpusched/config.toml']);
    expect(readFileSync(join(control, 'conffiles'), 'utf8')).toBe('/etc/vcpusched/config.toml\n');
  });

  test('has one copy of what has a place of its own', () => {
    const moved =
      /^\/usr\/lib\/vcpusched\/(man|LICENSE|dist\/licenses|[^/]*\.md$|share\/(systemd|completions|examples|vcpusched.toml))/;
    expect([...contents.keys()].filter((path) => moved.test(path))).toEqual([]);
  });

  test('depends on what the program starts', async () => {
    expect(await field('Version')).toBe(`${pkg.version}-1`);
    expect(await field('Architecture')).toBe('all');
    const depends = (await field('Depends')).split(', ');
    expect(depends).toContain(`nodejs (${pkg.engines.node.replace('>=', '>= ')})`);
    // The units call kill(1).
    expect(depends).toEqual(expect.arrayContaining(['libvirt-clients', 'procps']));
  });

  test('has scripts that a shell can read, and sums of its files', async () => {
    for (const name of ['postinst', 'prerm', 'postrm']) {
      expect(statSync(join(control, name)).mode & 0o777).toBe(0o755);
      await execa('sh', ['-n', join(control, name)]);
    }
    await execa('md5sum', ['--check', '--quiet', '--strict', join(control, 'md5sums')], { cwd: root });
  });

  test('starts the installed program in the service, and the node of the system', () => {
    expect(text('usr/lib/systemd/system/vcpusched.service')).toMatch(
      /^ExecStart=\/usr\/bin\/vcpusched watch /m,
    );
    expect(text('usr/bin/vcpusched')).toMatch(/^#!\/usr\/bin\/node\n/);
    expect(text('etc/vcpusched/config.toml')).toBe(read('share/vcpusched.toml'));
  });

  test('runs where it is unpacked', async () => {
    const program = join(root, 'usr/bin/vcpusched');
    const { stdout } = await execa(process.execPath, [program, '--version']);
    expect(stdout).toContain(pkg.version);
    const scenario = join(root, 'usr/lib/vcpusched/fixtures/scenarios/standard/1-all-on-one-42.toml');
    const simulated = await execa(process.execPath, [program, 'simulate', scenario]);
    expect(simulated.stdout).toContain('threshold');
  });
});

test('npm run package refuses a format that it does not know', async () => {
  await expect(buildPackages('msi' as 'deb')).rejects.toMatchObject({
    exitCode: 1,
    stderr: 'package: usage: npm run package [-- deb | rpm]',
  });
});
