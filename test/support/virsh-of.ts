import type { Virsh } from '../../src/virsh/runner.ts';

/** What one command prints on each stream. */
export type Said = { readonly stdout?: string; readonly stderr?: string };

export type FakeVirsh = {
  readonly virsh: Virsh;
  /** the commands of each process, the marks left out */
  readonly calls: readonly (readonly string[])[];
};

/**
 * A virsh that takes batches only and has each command answered by `answer`; like the real one it goes on after
 * a command that failed. A command that `answer` does not know fails the test.
 */
export function virshOf(
  answer: (command: string) => Said | undefined,
  nowMs: () => number = () => 0,
): FakeVirsh {
  const calls: string[][] = [];
  const virsh: Virsh = async (args, signal) => {
    signal?.throwIfAborted();
    const [text = '', ...more] = args;
    if (more.length > 0) throw new Error(`not a batch: ${args.join(' ')}`);
    const said = { stdout: '', stderr: '' };
    const call: string[] = [];
    calls.push(call);
    for (const command of text.split(';')) {
      const mark = /^echo (--err )?([0-9a-f]{8}\.\d+)$/.exec(command);
      if (mark === null) call.push(command);
      const { stdout = '', stderr = '' } = mark === null ? known(command, answer(command)) : echo(mark);
      said.stdout += stdout;
      said.stderr += stderr;
    }
    signal?.throwIfAborted();
    return { ...said, exitCode: 0, firstStderrAtMs: nowMs() };
  };
  return { virsh, calls };
}

function known(command: string, said: Said | undefined): Said {
  if (said === undefined) throw new Error(`the fake virsh does not know '${command}'`);
  return said;
}

function echo([, toStderr, text]: RegExpExecArray): Said {
  return toStderr === undefined ? { stdout: `${text}\n` } : { stderr: `error: ${text}\n` };
}
