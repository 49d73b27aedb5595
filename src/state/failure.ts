import { exitStatus, VcpuschedError } from '../errors.ts';

/** What to go back to cannot be kept, so nothing is pinned. */
export class StateFailure extends VcpuschedError {}

/**
 * Why the state cannot be kept, and what to do about it.
 * @param path the file or folder
 */
export function stateFailure(path: string, error: unknown): VcpuschedError {
  if (error instanceof VcpuschedError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [status, why, advice] = known[code] ?? [exitStatus.failed, String(error), 'see to it'];
  const message = `the affinities to go back to cannot be kept in ${path}: ${why}: ${advice}; without them nothing is pinned`;
  return new StateFailure(status, message, { cause: error });
}

const elsewhere = 'or name another folder with --state-dir';
const known: Readonly<Record<string, readonly [1 | 77, string, string]>> = {
  ENOSPC: [exitStatus.failed, 'no space is left', 'make room there'],
  EDQUOT: [exitStatus.failed, 'the quota is used up', 'make room there'],
  EROFS: [exitStatus.failed, 'the file system is read-only', `make it writable, ${elsewhere}`],
  EACCES: [exitStatus.notPermitted, 'permission denied', `run as the user it belongs to, ${elsewhere}`],
  EPERM: [exitStatus.notPermitted, 'not permitted', `run as the user it belongs to, ${elsewhere}`],
  ENOTDIR: [exitStatus.failed, 'a part of it is no folder', `name another folder with --state-dir`],
  EEXIST: [exitStatus.failed, 'it is there and is no folder', `name another folder with --state-dir`],
};
