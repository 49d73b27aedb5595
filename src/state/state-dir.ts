import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where state is kept unless the user says otherwise: it has to outlive the boot, and root's is the system's.
 * @source XDG Base Directory Specification: a path that is not absolute is to be ignored
 */
export function stateDir(env: NodeJS.ProcessEnv, isRoot = process.geteuid?.() === 0): string {
  if (isRoot) return '/var/lib/vcpusched';
  const xdg = env['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(xdg) ? xdg : join(homedir(), '.local/state'), 'vcpusched');
}
