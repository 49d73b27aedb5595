import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { removeGuests, singles, startGuests } from '../test/real/support/guests.ts';
import { type PrivateHost, startHost } from '../test/real/support/private-host.ts';
import { startVcpusched } from '../test/real/support/program.ts';
import { measure } from '../test/real/support/truth.ts';
import { lift } from './support/lift.ts';

// What pins cost and gain on real guests: what they wait for a pCPU and what work they get done, with pins to
// single pCPUs, pins to all pCPUs of a cell, and floating under the kernel alone. The guests want the same under
// each, which have their turns in one run; what is printed are sums over the rounds, and ratios.
//
//   npm run build && npx vitest run --config bench/vitest.config.ts      as root, some ten minutes
//
// The guests run at nice -20, so that what else the machine does takes little from them.

const rounds = Number(process.env['ROUNDS'] ?? 4);
const settleMs = 7000;
const windowMs = 12_000;
const modes = {
  'the kernel alone': ['--policy', 'none'],
  '--granularity cell': ['--granularity', 'cell'],
  '--granularity cpu': ['--granularity', 'cpu'],
} as const;
const loads = { low: Array(6).fill(6), middle: [24, 6, 12, 18, 9, 6], high: [24, 12, 20, 16, 24, 12] };

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

test.each(Object.entries(loads))('%s load', async (name, duties: readonly number[]) => {
  const guests = await startGuests(
    host,
    singles(duties, () => undefined),
  );
  lift();
  const sums = new Map(Object.keys(modes).map((mode) => [mode, { ranPct: 0, waitedPct: 0 }]));
  for (let round = 0; round < rounds; round++) {
    for (const [mode, options] of Object.entries(modes)) {
      await host.virsh(guests.map(({ uuid }) => `vcpupin ${uuid} 0 0-1 --live`).join('; '));
      const watching = startVcpusched(host, ['watch', '2', '--quiet', ...options]);
      await sleep(settleMs);
      const shares = await measure(windowMs);
      expect(await watching.end()).toMatchObject({ status: 0, stderr: '' });
      const sum = sums.get(mode);
      if (sum === undefined) continue;
      sum.ranPct += shares.reduce((total, { usagePct }) => total + usagePct, 0) / rounds;
      sum.waitedPct += shares.reduce((total, { waitPct }) => total + waitPct, 0) / rounds;
    }
  }
  const wantedPct = duties.reduce((sum, duty) => sum + (100 * duty) / 64, 0);
  const alone = sums.get('the kernel alone') ?? { ranPct: 0, waitedPct: 0 };
  print(
    `${name} load: ${duties.length} guests that want ${wantedPct.toFixed(0)} % of two pCPUs, in ${rounds} rounds of ${windowMs / 1000} s`,
  );
  for (const [mode, { ranPct, waitedPct }] of sums) {
    const ratios = `steal ${(waitedPct / alone.waitedPct).toFixed(2)}, work ${(ranPct / alone.ranPct).toFixed(2)} times that of the kernel alone`;
    print(
      `  ${mode.padEnd(19)} steal ${((100 * waitedPct) / wantedPct).toFixed(1)} % of what is wanted, work ${((100 * ranPct) / wantedPct).toFixed(1)} %; ${ratios}`,
    );
  }
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
