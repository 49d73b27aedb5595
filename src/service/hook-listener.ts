import type { Settings } from '../config/settings.ts';
import { appliedFields, hostFields, jsonText } from '../render/envelope.ts';
import { safeText } from '../render/safe-text.ts';
import type { Context } from '../session/context.ts';
import type { Listener } from '../session/listener.ts';

/**
 * Hands each cycle that moved or failed to a program of the administrator, as the JSON that `once` and `watch` print. It
 * delays no cycle: while one runs, the next ones wait for it, and are dropped where too many do.
 */
export function hookListener(
  settings: () => Pick<Settings, 'hook' | 'connect'>,
  context: Pick<Context, 'date' | 'err' | 'runHook'>,
  command: 'once' | 'watch',
): Listener {
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;

  function run(fields: object): void {
    const { hook, connect } = settings();
    if (hook === undefined) return;
    if (waiting >= mostWaiting) {
      tell(hook, `${mostWaiting} cycles wait for it; this one is dropped`);
      return;
    }
    waiting++;
    const text = jsonText(command, context.date(), { connection: connect ?? null, ...fields });
    last = last.then(async () => {
      const failure = await context.runHook(hook, text).catch(String);
      waiting--;
      if (failure !== undefined) tell(hook, failure);
    });
  }

  function tell(hook: string, failure: string): void {
    context.err(`vcpusched: --hook ${safeText(hook)}: ${safeText(failure)}\n`);
  }

  return {
    cycle: (report) => {
      if (report.applied.length === 0 && report.unsaved === undefined) return;
      run({ ...hostFields(report), ...appliedFields(report), error: report.unsaved?.message ?? null });
    },
    failed: ({ message, status }) => run({ error: message, status }),
    ended: () => last,
  };
}

const mostWaiting = 16;
