import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { copyOfProject } from './copy-of-project.ts';
import { temporaryDirectory } from './executable.ts';

interface Circumstances {
  readonly below?: string;
  readonly umask?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `npm run package` in a copy of the project, as if its last commit were of 2026-01-02, and returns the paths. */
export async function buildPackages(
  format: 'deb' | 'rpm',
  { below = '', umask = '022', env = {} }: Circumstances = {},
): Promise<readonly string[]> {
  const copy = copyOfProject(join(temporaryDirectory(), below));
  await execa('sh', ['-c', `umask ${umask}; exec node scripts/package.js ${format}`], {
    cwd: copy,
    env: { npm_config_cache: temporaryDirectory(), SOURCE_DATE_EPOCH: '1767312000', ...env },
  });
  const folder = join(copy, 'packages');
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** The circumstances of two builds that must not show in what they build. */
export const unlikeCircumstances: readonly Circumstances[] = [
  { umask: '022', env: { TZ: 'UTC', LC_ALL: 'C.UTF-8' } },
  { below: 'some/where/else', umask: '077', env: { TZ: 'Pacific/Auckland', LC_ALL: 'C' } },
];
