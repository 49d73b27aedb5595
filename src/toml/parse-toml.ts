import { parse, TomlError } from 'smol-toml';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';

/**
 * Reads a TOML document.
 * @param file its name, for the message
 * @throws {VcpuschedError} status 65, naming the file and the line
 */
export function parseToml(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ''] = error.message.split('\n');
    throw new VcpuschedError(exitStatus.data, `${file}:${error.line}: ${what}`, { cause: error });
  }
}
