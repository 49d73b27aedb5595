import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is yes; rejects, naming what was waited for, when the time is over. It asks so
 * seldom that the asking is no load to speak of: who measures the host would measure that, too.
 */
export async function until(what: string, timeoutMs: number, ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const beganMs = performance.now();
    if (await ask()) return;
    const now = performance.now();
    if (now > deadline) throw new Error(`${timeoutMs} ms have passed, and not yet: ${what}`);
    await sleep(Math.max(50, 50 * (now - beganMs)));
  }
}
