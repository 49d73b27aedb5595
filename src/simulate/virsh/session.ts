import type { Host } from '../host.ts';
import { type Session, VirshError } from './command.ts';
import { connectionFault, type Faults } from './faults.ts';
import type { GlobalOptions } from './global-options.ts';
import { loadState, lockState, saveState } from './state-dir.ts';
import type { Target } from './target.ts';

/**
 * Runs `use` with a way to connect; what its commands changed is saved at the end. Where they may change
 * something, no other call can in the meantime.
 */
export function withSession<T>(
  options: GlobalOptions,
  target: Target,
  faults: Faults,
  changes: boolean,
  use: (connect: () => Session) => T,
): T {
  const { dir } = target;
  let opened: { readonly session: Session; readonly before: Host; readonly unlock: () => void } | undefined;
  const open = (): NonNullable<typeof opened> => {
    const refusal = connectionFault(faults);
    if (refusal) throw new VirshError(noConnection, refusal);
    if (dir === undefined) {
      const readable = /^[a-z][\w+.-]*:/i.test(target.uri);
      const why = readable ? 'no connection driver available for' : 'internal error: Unable to parse URI';
      throw new VirshError(noConnection, `${why} ${target.uri}`);
    }
    const unlock = changes && !options.readOnly ? lockState(dir) : () => undefined;
    const host = loadState(dir);
    if (!host) unlock();
    if (!host) throw new VirshError(noConnection, `there is no simulated host in '${dir}'`);
    const { readOnly, quiet } = options;
    return { session: { host, uri: target.uri, readOnly, quiet, faults }, before: host, unlock };
  };
  try {
    const result = use(() => {
      opened ??= open();
      return opened.session;
    });
    if (dir !== undefined && opened && opened.session.host !== opened.before)
      saveState(dir, opened.session.host);
    return result;
  } finally {
    opened?.unlock();
  }
}

const noConnection = 'failed to connect to the hypervisor';
