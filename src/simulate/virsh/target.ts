import { resolve } from 'node:path';

/** Which host a call means. */
export type Target = {
  readonly uri: string;
  /** the state directory; undefined where the URI names none */
  readonly dir: string | undefined;
  /** named with -c: then virsh connects at once, otherwise when a command first needs it */
  readonly named: boolean;
};

/** The URI of `-c`, or that of the environment, where virsh and libvirt look for it, or VIRSH_SIM_DIR. */
export function findTarget(
  connect: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Target {
  const simDir = env['VIRSH_SIM_DIR'];
  const inEnv =
    env['VIRSH_DEFAULT_CONNECT_URI'] || env['LIBVIRT_DEFAULT_URI'] || (simDir ? uriOf(simDir) : undefined);
  const uri = connect ?? inEnv ?? 'sim:///';
  const [, dir] = /^sim:\/\/(\/.+)$/.exec(uri) ?? [undefined, undefined];
  return { uri, dir: dir === undefined ? undefined : decodeURI(dir), named: connect !== undefined };
}

/** The URI of a state directory. */
export function uriOf(dir: string): string {
  return `sim://${encodeURI(resolve(dir))}`;
}
