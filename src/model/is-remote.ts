/** A URI with a host, as in qemu+ssh://root@host/system, is that of another machine as far as one can tell. */
export function isRemote(uri: string): boolean {
  return !/^[a-z0-9]+(\+unix)?:\/(?:\/\/|(?!\/))/i.test(uri);
}
