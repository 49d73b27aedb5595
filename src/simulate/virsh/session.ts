import type { Host } from '../host.ts';
import { type Session, VirshError } from './command.ts';
import { connectionFault, type Faults } from './faults.ts';
import type { GlobalOptions } from './global-options.ts';
import { pause } from './pause.ts';
import { isStale, loadState, lockState, saveState } from './state-dir.ts';
import type { Target } from './target.ts';

/**
 * Runs `use` with a way to connect; what its commands changed is saved at the end. Where they may change
 * something, no other call can in the meantime; the others need no lock, and find the host as it was saved.
 */
export function withSession<T>(
  options: GlobalOptions,
  target: Target,
  faults: Faults,
  changes: boolean,
  use: (connect: () => Session) => T,
): T {
  let opened: Opened | undefined;
  try {
    const result = use(() => {
      opened ??= open(options, target, faults, changes);
      return opened.session;
    });
    if (opened) saveIfChanged(opened);
    return result;
  } finally {
    opened?.unlock?.();
  }
}

type Opened = {
  readonly session: Session;
  readonly dir: string;
  readonly startedMs: number;
  /** the host that need not be saved; undefined where it has to be in any case */
  known: Host | undefined;
  unlock: (() => void) | undefined;
};

function open(options: GlobalOptions, { uri, dir }: Target, faults: Faults, changes: boolean): Opened {
  const refusal = connectionFault(faults);
  if (refusal) throw new VirshError(noConnection, refusal);
  if (dir === undefined) {
    const readable = /^[a-z][\w+.-]*:/i.test(uri);
    const why = readable ? 'no connection driver available for' : 'internal error: Unable to parse URI';
    throw new VirshError(noConnection, `${why} ${uri}`);
  }
  const { readOnly, quiet } = options;
  const stale = isStale(dir);
  const unlock = stale || (changes && !readOnly) ? lockState(dir) : undefined;
  const state = loadState(dir);
  if (!state) {
    unlock?.();
    throw new VirshError(noConnection, `there is no simulated host in '${dir}'`);
  }
  const { startedMs, host } = state;
  const known = stale && unlock ? undefined : host;
  const opened: Opened = {
    session: { host, uri, readOnly, quiet, faults, pause: (ms) => pauseUnlocked(opened, ms) },
    dir,
    startedMs,
    known,
    unlock,
  };
  return opened;
}

/** Without the lock, if this call has it; what others have changed in the meantime is read then. */
function pauseUnlocked(opened: Opened, ms: number): void {
  const { session, dir } = opened;
  saveIfChanged(opened);
  const isLocked = opened.unlock !== undefined;
  opened.unlock?.();
  opened.unlock = undefined;
  pause(ms);
  if (isLocked) opened.unlock = lockState(dir);
  const { host } = loadState(dir) ?? session;
  session.host = host;
  opened.known = host;
}

function saveIfChanged({ session: { host }, dir, startedMs, known }: Opened): void {
  if (host !== known) saveState(dir, { startedMs, host });
}

const noConnection = 'failed to connect to the hypervisor';
