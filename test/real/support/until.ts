import { setTimeout as sleep } from 'node:timers/promises';

/** Asks every 50 ms until the answer is yes; rejects, naming what was waited for, when the time is over. */
export async function until(what: string, timeoutMs: number, ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`${timeoutMs} ms have passed, and not yet: ${what}`);
    await sleep(50);
  }
}
