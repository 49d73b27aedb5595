import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { root } from '../docs/support/project.ts';
import { temporaryDirectory } from '../support/executable.ts';

test('the packed tarball installs without a network, and runs', async () => {
  // A copy: packing builds dist/ anew, which other tests run at the same time.
  const copy = temporaryDirectory();
  const left = ['.git', 'node_modules', 'dist', 'test', 'bench'];
  cpSync(root, copy, { recursive: true, filter: (path) => !left.includes(relative(root, path)) });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const options = { cwd: copy, env: { npm_config_cache: temporaryDirectory() } };
  await execa('npm', ['pack'], options);
  const prefix = temporaryDirectory();
  const install = ['install', '--global', '--offline', '--no-audit', '--no-fund', '--prefix', prefix];
  mkdirSync(join(prefix, 'lib'));
  await execa('npm', [...install, join(copy, `vcpusched-${pkg.version}.tgz`)], options);

  const { stdout } = await execa(join(prefix, 'bin/vcpusched'), ['--version']);
  expect(stdout).toContain(pkg.version);
  expect((await execa(join(prefix, 'bin/virsh-sim'), ['help'])).stdout).not.toBe('');

  const installed = join(prefix, 'lib/node_modules/vcpusched');
  expect(existsSync(join(installed, 'node_modules')), 'nothing else is fetched').toBe(false);
  const licenses = readdirSync(join(installed, 'dist/licenses'), { recursive: true });
  expect(licenses).toEqual(
    expect.arrayContaining([
      'cac/LICENSE',
      'execa/license',
      'echarts/LICENSE',
      'echarts/NOTICE',
      'zrender/LICENSE',
    ]),
  );
  expect(licenses).toContain('@nodable/entities/package.json');
});
