import { execFileSync } from 'node:child_process';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { root } from './support/project.ts';

const listing = v.array(v.object({ files: v.array(v.object({ path: v.string() })) }));

describe('the npm package', () => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const files = v.parse(listing, JSON.parse(output)).flatMap((each) => each.files.map(({ path }) => path));

  test.each([
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'SECURITY.md',
    ...Object.values(pkg.bin),
    ...pkg.man,
    'dist/main.js',
    'dist/virsh-sim.js',
    'dist/version.txt',
    'dist/help.txt',
    'share/demo.sh',
    'fixtures/scenarios/demo.toml',
    'share/systemd/vcpusched.service',
    'share/completions/vcpusched.bash',
  ])('holds %s', (path) => {
    expect(files).toContain(path);
  });

  test('holds nothing that only the project itself needs', () => {
    const rooms = ['bin', 'dist', 'man', 'share', 'fixtures/scenarios'];
    const others = files.filter(
      (path) => path.includes('/') && !rooms.some((room) => path.startsWith(`${room}/`)),
    );
    expect(others).toEqual([]);
  });
});
