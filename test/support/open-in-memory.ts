import type { Context } from '../../src/session/context.ts';
import { Doubtful, timeoutFailure } from '../../src/virsh/failures.ts';

/**
 * What a virsh that is kept open would say, by one that is started for each call: an answer without its end, and that of a
 * process that has ended, is doubtful.
 */
export function openInMemory(virsh: Context['virsh']): NonNullable<Context['openVirsh']> {
  return (options, onStart) => {
    const run = virsh(options);
    let isStarted = false;
    return {
      ask: async (...args) => {
        if (!isStarted) onStart();
        isStarted = true;
        const [[text = ''], signal] = args;
        try {
          const output = await run(...args);
          const last = /echo --err (\S+)$/.exec(text)?.[1];
          if (output.stderr.endsWith(`error: ${last}\n`)) return output;
        } catch (error) {
          signal?.throwIfAborted();
          if (error instanceof Error && error.message === timeoutFailure(options).message) throw error;
        }
        isStarted = false;
        throw new Doubtful('it has ended');
      },
      close: () => {
        isStarted = false;
      },
    };
  };
}
