import { VcpuschedError } from '../../errors.ts';
import { exitStatus } from '../../exit-status.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

/**
 * The script by which a shell completes the command line.
 * @throws {VcpuschedError} status 64 for a shell that has none
 */
export function completion(shell: string): string {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell as keyof typeof scripts] : undefined;
  if (script === undefined) {
    const known = Object.keys(scripts).join(', ');
    throw new VcpuschedError(
      exitStatus.usage,
      `completion <shell>: ${known} are the choices, not '${shell}'`,
    );
  }
  return script();
}

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
