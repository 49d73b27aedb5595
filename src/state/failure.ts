import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';

/** The state cannot be kept. */
export class StateFailure extends VcpuschedError {
  /** why, and what to do about it */
  readonly why: string;

  constructor(status: 1 | 77, message: string, why: string, options?: ErrorOptions) {
    super(status, message, options);
    this.why = why;
  }
}

/**
 * What to go back to cannot be kept, so nothing is pinned.
 * @param path the file or folder
 */
export function stateFailure(path: string, error: unknown): VcpuschedError {
  return fileFailure(
    'the affinities to restore cannot be saved in',
    path,
    error,
    '; without them nothing is pinned',
  );
}

/**
 * The same of a file that is not needed to go back.
 * @param what stands in front of the path
 * @param meaning what it means, at the end
 */
export function fileFailure(what: string, path: string, error: unknown, meaning = ''): VcpuschedError {
  if (error instanceof VcpuschedError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [status, reason, advice] = known[code] ?? [exitStatus.failed, String(error), 'correct that'];
  const why = `${path}: ${reason}: ${advice}`;
  return new StateFailure(status, `${what} ${why}${meaning}`, why, { cause: error });
}

/**
 * The same where it has failed after pins: what to say is that they were made.
 * @param what was done, and is true whether it could be noted or not
 * @param next what it means for the next run
 */
export function afterPins(error: unknown, what: string, next: string): unknown {
  if (!(error instanceof StateFailure)) return error;
  const message = `${what}, but that could not be noted in ${error.why}; ${next}`;
  return new StateFailure(error.status === exitStatus.notPermitted ? 77 : 1, message, error.why, {
    cause: error,
  });
}

const elsewhere = 'or name another folder with --state-dir';
const known: Readonly<Record<string, readonly [1 | 77, string, string]>> = {
  ENOSPC: [exitStatus.failed, 'no space is left', 'make room there'],
  EDQUOT: [exitStatus.failed, 'the quota is used up', 'make room there'],
  EROFS: [exitStatus.failed, 'the file system is read-only', `make it writable, ${elsewhere}`],
  EIO: [exitStatus.failed, 'the disk reports an error', `check the disk, ${elsewhere}`],
  EMFILE: [exitStatus.failed, 'too many files are open', 'raise the limit (ulimit -n)'],
  ENFILE: [exitStatus.failed, 'too many files are open on this machine', 'raise its limit (fs.file-max)'],
  EACCES: [exitStatus.notPermitted, 'permission denied', `run as the user it belongs to, ${elsewhere}`],
  EPERM: [exitStatus.notPermitted, 'not permitted', `run as the user it belongs to, ${elsewhere}`],
  ENOENT: [exitStatus.failed, 'the folder cannot exist there', 'name another folder with --state-dir'],
  ENOTDIR: [exitStatus.failed, 'a part of its path is not a folder', 'name another folder with --state-dir'],
  ELOOP: [exitStatus.failed, 'it is a link', 'remove it, or name another folder with --state-dir'],
  EEXIST: [exitStatus.failed, 'it exists and is not a folder', 'name another folder with --state-dir'],
};
