import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sizes } from '../targets/sizes.ts';

//   node sizes-trial.mjs NAME COUNT       what one size takes, in a process that has done nothing else

/** What one run took, and how much it was given to read. */
export type Taken = { readonly seconds: number; readonly peakMb: number; readonly bytes: number };

const [name = '', count = ''] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await run(name, Number(count))));

async function run(name: string, count: number): Promise<Taken> {
  const found = sizes.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no size ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'vcpusched-sizes-'));
  try {
    const { bytes, work } = await found.prepare(count, folder);
    const start = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(start);
    return { seconds: (user + system) / 1e6, peakMb: process.resourceUsage().maxRSS / 1024, bytes };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
