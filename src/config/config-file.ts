import { closeSync, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';

/**
 * Reads the configuration file: the first of those it may be that is there.
 * @param hasToBe whether it is a fault that none is
 * @returns undefined where there is none
 * @throws {VcpuschedError} status 77 where it may not be read, 65 where it cannot, or cannot be trusted
 */
export function readConfigFile(
  places: readonly string[],
  hasToBe: boolean,
  isRoot: boolean,
): { readonly file: string; readonly text: string } | undefined {
  for (const file of places) {
    try {
      return { file, text: read(file, isRoot) };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (error instanceof VcpuschedError) throw error;
      if (!hasToBe && (code === 'ENOENT' || code === 'ENOTDIR')) continue;
      const status = code === 'EACCES' || code === 'EPERM' ? exitStatus.notPermitted : exitStatus.data;
      // Node says `ENOENT: no such file or directory, open '…'`.
      const why = message.replace(/^[A-Z]+: |, \w+( '.*')?$/g, '');
      throw new VcpuschedError(status, `${file}: the configuration cannot be read: ${why}`, {
        cause: error,
      });
    }
  }
  return undefined;
}

/**
 * Where the configuration may be, the first that is there counts. Root reads no file below a HOME, which under sudo
 * can be another user's: the configuration names the virsh to run.
 */
export function configFiles(env: NodeJS.ProcessEnv, isRoot: boolean): readonly string[] {
  const system = '/etc/vcpusched/config.toml';
  if (isRoot) return [system];
  const { XDG_CONFIG_HOME: xdg, HOME: home } = env;
  const own = xdg?.startsWith('/') ? xdg : home ? join(home, '.config') : undefined;
  return own === undefined ? [system] : [join(own, 'vcpusched/config.toml'), system];
}

/** As sudo and cron do, root believes no file that everybody may write. */
function read(file: string, isRoot: boolean): string {
  const descriptor = openSync(file, 'r');
  try {
    if (isRoot && isForAll(fstatSync(descriptor))) {
      throw new VcpuschedError(
        exitStatus.data,
        `${file}: everybody may write it, so root does not trust it: chmod o-w '${file}'`,
      );
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Whether everybody may write a file that is there. */
export function mayAllWrite(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && isForAll(stats);
}

/** /dev/null has no content to be changed. */
function isForAll(stats: Stats): boolean {
  return stats.isFile() && (stats.mode & 0o002) !== 0;
}
