import type { Settings } from '../config/settings.ts';
import type { Context } from '../session/context.ts';
import type { Listener } from '../session/listener.ts';
import { historyListener } from './history-listener.ts';
import { hookListener } from './hook-listener.ts';

/** Those who hear of the cycles of every run that may pin. */
export function listenersOf(
  settings: () => Settings,
  context: Context,
  command: 'once' | 'watch',
): readonly Listener[] {
  const isPinning = !settings().dryRun;
  return [
    ...(isPinning ? [historyListener(settings, context, command)] : []),
    hookListener(settings, context, command),
  ];
}
