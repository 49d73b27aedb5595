import { join } from 'node:path';

/**
 * The virsh of another Debian, as the words that run it where all files are this machine's: with its own loader and
 * libraries. It need not be installed, only unpacked.
 */
export function virshOfRoot(root: string): readonly string[] {
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  // Not the one in lib64, which Debian 11 links to an absolute path.
  const loader = join(libraries, 'ld-linux-x86-64.so.2');
  return [loader, '--library-path', libraries, join(root, 'usr/bin/virsh')];
}
