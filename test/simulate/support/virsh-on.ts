import { runVirsh } from '../../../src/simulate/virsh/run-virsh.ts';
import { uriOf } from '../../../src/simulate/virsh/target.ts';

export type Said = { readonly stdout: string; readonly stderr: string; readonly status: number };

/** What virsh-sim says to `argv` on the host in `dir`: the host is in the environment, `@` in argv its URI. */
export function virshOn(
  dir: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Said {
  const words = argv.map((word) => (word === '@' ? uriOf(dir) : word));
  const { exitCode, output } = runVirsh(words, { LIBVIRT_DEFAULT_URI: uriOf(dir), ...env });
  return {
    stdout: output.map(({ out }) => out ?? '').join(''),
    stderr: output.map(({ err }) => err ?? '').join(''),
    status: exitCode,
  };
}
