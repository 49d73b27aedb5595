import type { Settings } from '../config/settings.ts';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { dashed } from '../options/names.ts';
import type { Context } from '../session/context.ts';
import type { Log } from '../session/log.ts';
import type { ManagerListener } from './manager-listener.ts';

/** The settings of a long run, which SIGHUP has read again, and what opens a session with them. */
export type Reloader<Session> = {
  readonly now: () => Settings;
  readonly open: () => Promise<Session>;
  /** Whether there are others since the last call: they count from now on, for a session that is still to be opened. */
  readonly take: () => boolean;
  /** A cycle went well with them. */
  readonly confirm: () => void;
  /** Goes back to those before, where a failure shows that those that were taken last do not fit the host. */
  readonly fallBack: (failure: unknown) => boolean;
};

type Parts<Session> = {
  readonly log: Log;
  readonly manager: Pick<ManagerListener, 'reloading' | 'reloaded'> | undefined;
  /** @throws {VcpuschedError} where settings are wrong */
  readonly openerOf: (settings: Settings) => () => Promise<Session>;
};

/**
 * SIGHUP ends a run that somebody has started at a terminal, and one that a lost terminal is to restore; to a service it
 * says that the settings are to be read again. Those that are wrong change nothing.
 */
export function reloader<Session>(
  first: Settings,
  { onHangup, hasTerminal, reloadSettings, manager: isManaged }: Context,
  { log, manager, openerOf }: Parts<Session>,
): Reloader<Session> {
  type Used = { readonly settings: Settings; readonly open: () => Promise<Session> };
  let used: Used = { settings: first, open: openerOf(first) };
  let next: Used | undefined;
  let before: Used | undefined;

  const keep = (failure: unknown) => {
    if (!(failure instanceof VcpuschedError)) throw failure;
    const message = `the settings stay as they were: ${failure.message}`;
    log.write([{ level: 'error', event: 'reload-failed', message, fields: { status: failure.status } }]);
  };

  async function reload(read: () => Promise<Settings>): Promise<void> {
    await manager?.reloading();
    try {
      const settings = await read();
      next = { settings, open: openerOf(settings) };
      log.write([reloaded(used.settings, settings)]);
    } catch (failure) {
      keep(failure);
    }
    await manager?.reloaded();
  }

  const isService = isManaged !== undefined || !(first.restoreOnExit || hasTerminal?.() === true);
  if (reloadSettings !== undefined && isService) {
    const failed = (error: unknown) => log.err(`vcpusched: ${String(error)}\n`);
    onHangup?.(() => void reload(reloadSettings).catch(failed));
  }

  return {
    now: () => used.settings,
    open: () => used.open(),
    take: () => {
      if (next === undefined) return false;
      before = used;
      used = next;
      next = undefined;
      return true;
    },
    confirm: () => {
      before = undefined;
    },
    fallBack: (failure) => {
      const isBySettings =
        failure instanceof VcpuschedError &&
        (failure.status === exitStatus.usage || failure.status === exitStatus.data);
      if (before === undefined || !isBySettings) return false;
      keep(failure);
      used = before;
      before = undefined;
      return true;
    },
  };
}

function reloaded(before: Settings, after: Settings) {
  const all = Object.keys({ ...before, ...after });
  const keys = all.filter((key) => key !== 'configuration') as (keyof Settings)[];
  const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  const areRulesOther =
    JSON.stringify(before.configuration.rules) !== JSON.stringify(after.configuration.rules);
  const what = [...changed.map(dashed), ...(areRulesOther ? ['the rules for domains'] : [])];
  const message =
    what.length === 0
      ? 'read the settings again: nothing has changed'
      : `read the settings again: ${what.join(', ')}`;
  return { level: 'notice', event: 'reloaded', message, fields: { changed: what } } as const;
}
