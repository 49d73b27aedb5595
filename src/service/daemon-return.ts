import { basename, dirname } from 'node:path';
import type { VcpuschedError } from '../errors.ts';
import type { Context } from '../session/context.ts';
import type { Recovery } from '../session/schedule.ts';

/**
 * A sign that a daemon is back that could not be connected to: it makes its socket anew. There is none for a daemon on
 * another host, nor where the folder of the socket is not there.
 * @source virNetSocketNewConnectUNIX in libvirt
 */
export function daemonReturn(
  { message }: VcpuschedError,
  { onFolderChange }: Pick<Context, 'onFolderChange'>,
): Recovery | undefined {
  const [, socket] = /Failed to connect socket to '([^']+)'/.exec(message) ?? [];
  if (socket === undefined || onFolderChange === undefined) return undefined;
  const returned = new AbortController();
  try {
    const close = onFolderChange(dirname(socket), (name) => {
      if (name === null || name === basename(socket)) returned.abort();
    });
    return { signal: returned.signal, close };
  } catch {
    return undefined;
  }
}
