import { ParseError } from './command.ts';
import type { Virsh } from './runner.ts';

/**
 * The version of virsh itself; it connects to nothing.
 * @throws {VcpuschedError} where there is no virsh
 * @throws {ParseError} where it prints something else
 */
export async function virshVersion(virsh: Virsh, signal?: AbortSignal): Promise<string> {
  const { stdout } = await virsh(['--version'], signal);
  const version = stdout.trim();
  if (!/^\d+\.\d+(\.\d+)?$/.test(version)) throw new ParseError('--version', 'version', version);
  return version;
}
