import type { Output } from './command.ts';
import { parseGlobalOptions } from './global-options.ts';
import { runVirsh } from './run-virsh.ts';
import { findTarget } from './target.ts';

/**
 * Runs virsh's interactive mode: each line is a batch, and the prompt and the line that was read stand on stdout before
 * its answer. The exit status is 0 whatever becomes of the commands; without a connection that was named there is none.
 * @source main and vshReadline in libvirt's tools; the bytes are those of virsh 9.0 with a pipe as its input
 */
export async function runInteractive(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  lines: AsyncIterable<string>,
  write: (output: Output) => void,
): Promise<number> {
  const { connect, quiet, readOnly } = parseGlobalOptions(argv);
  const { named } = findTarget(connect, env);
  const run = (text: string) => runVirsh([...argv, text], env, onlyEchoes.test(text) ? 'unlogged' : 'logged');
  if (named) {
    const { exitCode, output } = runVirsh([...argv, 'uri'], env, 'unlogged');
    if (exitCode !== 0) {
      for (const { err } of output) write(err === undefined ? {} : { err });
      return exitCode;
    }
  }
  const prompt = readOnly ? 'virsh > ' : 'virsh # ';
  write({ out: quiet ? prompt : `${banner}${prompt}` });
  for await (const line of lines) {
    write({ out: `${scrolled(prompt, line)}\n` });
    if (/^\s*(?:quit|exit)\s*$/.test(line)) return 0;
    if (!/^\s*(?:#.*)?$/.test(line)) for (const each of run(line).output) write(each);
    write({ out: prompt });
  }
  write({ out: '\n' });
  return 0;
}

/** A line that asks nothing of the host. */
const onlyEchoes = /^(?:\s*echo [^;]*;?)*$/;

const banner = `Welcome to virsh, the virtualization interactive terminal.

Type:  'help' for help with commands
       'quit' to quit

`;

/** How readline shows a line that is wider than its 80 columns: the last piece of it. */
function scrolled(prompt: string, line: string): string {
  const width = 80;
  return prompt.length + line.length < width ? line : `\r<${line.slice(-(width / 2))}`;
}
