import { cycleText } from '../render/cycle-text.ts';
import { counted } from '../render/figures.ts';
import { safeText } from '../render/safe-text.ts';
import type { Manager } from '../session/context.ts';
import type { Listener } from '../session/listener.ts';

/** What a service manager is told besides what all listeners are told. */
export type ManagerListener = Required<Pick<Listener, 'begun' | 'cycle' | 'failed'>> & {
  /** The settings are read again; `reloaded` follows. */
  readonly reloading: () => Promise<void>;
  readonly reloaded: () => Promise<void>;
  /** It ends, as soon as what has begun is done. */
  readonly stopping: () => Promise<void>;
};

type Timing = {
  /** how long a cycle can take when all is well */
  readonly longestCycleMs: number;
  /** monotonic milliseconds */
  readonly nowMs: () => number;
};

/**
 * READY with the first sample, and then the outcome of cycles in words and a sign of life: it comes from the cycle itself,
 * so a loop that is stuck gives none. What is no news is sent only now and then, since each message costs a process.
 * @source sd_notify(3), sd_watchdog_enabled(3)
 */
export function managerListener(
  { notify, watchdogUs }: Manager,
  { longestCycleMs, nowMs }: Timing,
): ManagerListener {
  const neededUs = Math.ceil(longestCycleMs * 1000);
  const everyMs = Math.min(calmMs, (watchdogUs ?? Number.POSITIVE_INFINITY) / 3000);
  // A watchdog that is shorter than a cycle would end a service that works.
  const longer = watchdogUs !== undefined && watchdogUs < neededUs ? { WATCHDOG_USEC: neededUs } : {};
  let lastMs = Number.NEGATIVE_INFINITY;
  let hasFailed = false;

  async function say(variables: Parameters<Manager['notify']>[0]): Promise<void> {
    lastMs = nowMs();
    await notify(variables);
  }

  async function alive(status: string, isNews: boolean): Promise<void> {
    if (isNews || nowMs() - lastMs >= everyMs)
      await say({ STATUS: safeText(status), ...(watchdogUs === undefined ? {} : { WATCHDOG: 1 }) });
  }

  return {
    begun: ({ uri, sample }) => {
      hasFailed = false;
      const status = `watching ${uri}: ${counted(sample.domains.length, 'domain')}`;
      return say({ READY: 1, STATUS: safeText(status), ...longer });
    },
    cycle: (report) => {
      const isNews = report.applied.length > 0 || hasFailed;
      hasFailed = false;
      return alive(cycleText(report), isNews);
    },
    failed: ({ message }) => {
      const isNews = !hasFailed;
      hasFailed = true;
      return alive(message, isNews);
    },
    reloading: () => say({ RELOADING: 1, MONOTONIC_USEC: Math.round(nowMs() * 1000) }),
    reloaded: () => say({ READY: 1 }),
    stopping: () => say({ STOPPING: 1, STATUS: 'ending' }),
  };
}

const calmMs = 10_000;
