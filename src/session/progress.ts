import type { Settings } from '../config/settings.ts';
import { safeText } from '../render/safe-text.ts';
import type { Context } from './context.ts';

/** Tells how far a long run has got: at a terminal on one line, written anew each time. */
export type Progress = {
  readonly show: (text: string) => void;
  /** tells a failure on stderr, without leaving half a line before it */
  readonly fail: (message: string) => void;
  /** the last words */
  readonly end: (text: string) => void;
};

/** Into a pipe only with --verbose, a line each time; nothing at all with --quiet, or with --json, which is the result. */
export function progress(
  settings: Pick<Settings, 'quiet' | 'json' | 'verbose'>,
  context: Pick<Context, 'terminal' | 'out' | 'err'>,
): Progress {
  const silent = settings.quiet || settings.json;
  const live = context.terminal.isTty && !silent;
  const spoken = settings.verbose && !silent;
  let width = 0;
  const rewrite = (text: string) => {
    context.out(`\r${text.padEnd(width)}`);
    width = text.length;
  };
  return {
    show: (text) => {
      if (live) rewrite(text);
      else if (spoken) context.out(`${text}\n`);
    },
    fail: (message) => {
      if (live) {
        rewrite('');
        context.out('\r');
      }
      context.err(`vcpusched: ${safeText(message)}\n`);
    },
    end: (text) => {
      if (live) rewrite(text);
      if (live) context.out('\n');
      else if (spoken) context.out(`${text}\n`);
    },
  };
}
