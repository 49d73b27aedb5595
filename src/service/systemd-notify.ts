import type { Manager } from '../session/context.ts';

/**
 * Talks to systemd by systemd-notify(1), since Node has no datagram sockets of the file system. The service needs
 * NotifyAccess=all.
 * @param env has NOTIFY_SOCKET, and WATCHDOG_USEC if the watchdog is on
 * @source sd_notify(3), sd_watchdog_enabled(3)
 */
export function systemd(env: NodeJS.ProcessEnv, pid: number): Manager {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = env;
  const isForUs = WATCHDOG_PID === undefined || WATCHDOG_PID === `${pid}`;
  return {
    watchdogUs: isForUs ? Number(WATCHDOG_USEC) || undefined : undefined,
    notify: async (variables) => {
      const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
      const options = { env: { NOTIFY_SOCKET }, stdin: 'ignore', timeout: longestMs } as const;
      // Loaded only where there is a manager.
      const { execa } = await import('execa');
      await execa('systemd-notify', ['--', ...words], options);
    },
  };
}

const longestMs = 10_000;
