import { createHash } from 'node:crypto';

/**
 * A folder name for a connection, the same for each way to spell it. libvirt gives a URI back as it was spelled
 * (`qemu+unix:///system` stays so), so what does not change which daemon is meant is taken out first.
 * @param uri as `virsh uri` prints it
 */
export function connectionFolder(uri: string): string {
  const plain = plainUri(uri);
  const readable = plain.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  return `${readable.slice(0, 60)}-${createHash('sha256').update(plain).digest('hex').slice(0, 8)}`;
}

/**
 * Without the transport (`+ssh`), the parameters (`no_tty=1`) and, for a system daemon, the user. A socket in a
 * place of its own is another daemon.
 * @source https://libvirt.org/uri.html
 */
function plainUri(uri: string): string {
  if (!URL.canParse(uri)) return uri;
  const { protocol, username, host, pathname, searchParams } = new URL(uri);
  const user = pathname === '/session' && username !== '' ? `${username}@` : '';
  const socket = searchParams.get('socket');
  const place = socket === null || usualSocket.test(socket) ? '' : `?socket=${socket}`;
  return `${protocol.replace(/\+.*|:$/, '')}://${user}${host.toLowerCase()}${pathname}${place}`;
}

const usualSocket = /^(\/var)?\/run\/libvirt\/(libvirt|virtqemud)-sock(-ro|-admin)?$/;
