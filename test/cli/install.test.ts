import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { copyOfProject } from '../support/copy-of-project.ts';
import { temporaryDirectory } from '../support/executable.ts';

test('the packed tarball installs without a network, and runs', async () => {
  const copy = copyOfProject();
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
