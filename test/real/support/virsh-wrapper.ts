import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivateHost } from './private-host.ts';

/** A program to be given as --virsh: it notes each call, does something first, and becomes the real virsh. */
export type VirshWrapper = {
  readonly path: string;
  /** the arguments of each call so far */
  readonly calls: () => Promise<readonly string[]>;
};

/**
 * @param first shell commands to carry out before; they see the arguments of the call
 * @param become what to become, for another user's virsh
 */
export async function virshWrapper(host: PrivateHost, first = ':', become = 'virsh'): Promise<VirshWrapper> {
  const path = join(host.directory, `virsh-${Math.floor(performance.now())}`);
  const log = `${path}.log`;
  await writeFile(log, '');
  await writeFile(path, `#!/bin/sh\necho "$*" >> ${log} 2>/dev/null\n${first}\nexec ${become} "$@"\n`, {
    mode: 0o755,
  });
  const calls = async (): Promise<readonly string[]> =>
    (await readFile(log, 'utf8')).split('\n').filter(Boolean);
  return { path, calls };
}

/** virsh as a user who may do nothing but what everybody may */
export const virshOfNobody = 'setpriv --reuid 65534 --regid 65534 --clear-groups virsh';
