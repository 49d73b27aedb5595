import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits, one minute at most, until nothing else keeps the pCPUs busy: a guest that shares them with another
 * program waits for them, and waiting reads as demand. Costs half a second where all is quiet.
 */
export async function quiet(): Promise<void> {
  for (let look = 0; look < 120; look++) {
    const [busyBefore, allBefore] = await ticks();
    await sleep(500);
    const [busy, all] = await ticks();
    if ((busy - busyBefore) / (all - allBefore) < 0.1) return;
  }
}

/** [busy, all] of all pCPUs together, from the first line of /proc/stat: user nice system idle iowait ... */
async function ticks(): Promise<readonly [number, number]> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const fields = line.split(/ +/).slice(1).map(Number);
  const all = fields.reduce((sum, each) => sum + each, 0);
  return [all - (fields[3] ?? 0) - (fields[4] ?? 0), all];
}
