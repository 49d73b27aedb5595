import { onlyLine } from './answer-fields.ts';
import { ParseError } from './command.ts';
import type { Virsh } from './runner.ts';

/**
 * The version of virsh itself; it connects to nothing.
 * @throws {VcpuschedError} where there is no virsh
 * @throws {ParseError} where it prints something else
 */
export async function virshVersion(virsh: Virsh, signal?: AbortSignal): Promise<string> {
  const { stdout } = await virsh(['--version'], signal);
  const version = onlyLine(stdout, /^\d{1,4}\.\d{1,4}(\.\d{1,4})?$/);
  if (version === undefined) throw new ParseError('--version', 'version', stdout.trim());
  return version;
}
