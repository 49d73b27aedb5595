import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import type { PrivateHost } from './private-host.ts';

export type ProgramResult = {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
};

const bin = fileURLToPath(new URL('../../../bin/vcpusched.js', import.meta.url));

/**
 * Runs the built vcpusched on a host to its end, whatever that is.
 * @param hide files that it is to see in the place of others: `{ file: place }`
 */
export async function vcpusched(
  host: PrivateHost,
  args: readonly string[],
  env: Record<string, string> = {},
  { hide = {} }: { readonly hide?: Readonly<Record<string, string>> } = {},
): Promise<ProgramResult> {
  const mounts = Object.entries(hide).map(([file, place]) => `mount --bind '${file}' '${place}' && `);
  const script = `${mounts.join('')}exec node "$@"`;
  const [program, ...words] =
    mounts.length === 0 ? (['node'] as const) : (['unshare', '--mount', 'sh', '-c', script, 'sh'] as const);
  const { exitCode, stdout, stderr } = await execa(program, [...words, bin, ...args], options(host, env));
  return { status: exitCode, stdout, stderr };
}

/** A vcpusched that goes on running, such as `watch`, with what it has printed so far. */
export type RunningProgram = {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** sends SIGTERM, or another signal, and waits for the end */
  readonly end: (signal?: 'SIGTERM' | 'SIGINT') => Promise<ProgramResult>;
  readonly kill: () => void;
  /** waits for its own end */
  readonly ended: () => Promise<ProgramResult>;
};

export function startVcpusched(
  host: PrivateHost,
  args: readonly string[],
  env: Record<string, string> = {},
): RunningProgram {
  const child = execa('node', [bin, ...args], options(host, env));
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  // A test that fails in the middle must not leave a watch behind that balances the next test's guests.
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ended = async (): Promise<ProgramResult> => {
    const { exitCode } = await child;
    return { status: exitCode, ...output };
  };
  const end = async (signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<ProgramResult> => {
    child.kill(signal);
    return ended();
  };
  return {
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    end,
    ended,
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Where vcpusched keeps its state of a host: it goes with it. */
export const stateDir = (host: PrivateHost): string => join(host.directory, 'state');

/** libvirt's own variable says which host; nothing of the caller's environment changes the outcome. */
function options(host: PrivateHost, env: Record<string, string>) {
  return {
    env: {
      PATH: process.env['PATH'],
      HOME: host.directory,
      LIBVIRT_DEFAULT_URI: host.uri,
      VCPUSCHED_CONFIG: '/dev/null',
      VCPUSCHED_STATE_DIR: stateDir(host),
      ...env,
    },
    extendEnv: false,
    reject: false,
    timeout: 120_000,
  } as const;
}
