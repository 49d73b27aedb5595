import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { removeGuests, singles, startGuests } from '../test/real/support/guests.ts';
import { type PrivateHost, startHost } from '../test/real/support/private-host.ts';
import { vcpusched } from '../test/real/support/program.ts';
import { lift } from './support/lift.ts';

// Records what vcpusched reads of real guests that are all pinned to pCPU 0 of two: starved, so the readings are
// noisy. bench/ablate.ts decides on each window of these recordings.
//
//   npm run build && npx vitest run --config bench/vitest.config.ts bench/readings.test.ts    as root, ten minutes
//
// The guests run at nice -20, so that other programs take little from them.

/** How long each host is recorded, a sample every two seconds, which is the window of `once`. */
const seconds = Number(process.env['SECONDS_EACH'] ?? 122);
/** Duties in ticks of 64: 12.5, 19, 25 and 6 % of a pCPU. */
const hosts = {
  '6-of-12': Array(6).fill(8),
  '8-of-19': Array(8).fill(12),
  '4-of-25': Array(4).fill(16),
  '12-of-6': Array(12).fill(4),
};

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

test.each(Object.entries(hosts))('%s', async (name, duties: readonly number[]) => {
  await startGuests(host, singles(duties));
  lift();
  const file = join(import.meta.dirname, 'readings', `${name}.ndjson.gz`);
  const recorded = await vcpusched(host, [
    'record',
    file,
    '--every',
    '2s',
    '--for',
    `${seconds}s`,
    '--quiet',
  ]);
  expect(recorded).toMatchObject({ status: 0, stderr: '' });
});
