import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { readInput } from '../../src/session/read-input.ts';
import { advance } from '../../src/simulate/advance.ts';
import { readRecording } from '../../src/state/read-recording.ts';
import { figures } from '../simulate/support/figures.ts';
import { removeGuests, singles, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { vcpusched } from './support/program.ts';
import { quiet } from './support/quiet.ts';

/**
 * By how many points of a pCPU a vCPU may run, or wait, less or more in the model than it did, beyond what else ran on
 * its pCPU, of which a recording does not tell. Measured, see docs/evidence.md.
 */
const boundPoints = 5;

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
beforeEach(quiet);
afterEach(() => removeGuests(host));
afterAll(() => host.stop());

test.each([
  ['spread', [16, 4, 16, 4, 16, 4, 16, 4], [0, 0, 1, 1, 0, 0, 1, 1]],
  ['crowded, all alike', [12, 12, 12, 12, 12, 12, 12, 12], [0, 0, 0, 0, 0, 0, 0, 0]],
  ['crowded, one large', [64, 32, 16], [0, 0, 0]],
])('%s: recorded and run again, each vCPU runs and waits as it did', async (_, duties, pins) => {
  await startGuests(
    host,
    singles(duties, (i) => `${pins[i]}`),
  );
  const file = join(host.directory, `${duties}.ndjson`);
  const before = await busyTicks();
  const recorded = await vcpusched(host, ['record', file, '--every', '2s', '--for', '30s', '--quiet']);
  const after = await busyTicks();
  expect(recorded).toMatchObject({ status: 0, stderr: '' });

  const { host: model, seconds } = await readInput(file, readSettings({}), (said) => expect.fail(said));
  const replayed = figures(model, advance(model, seconds));
  const shown = await shownIn(file);
  expect(shown).toHaveLength(duties.length);
  const others = [0, 1].map((pcpu) => {
    const own = shown.filter((_, i) => pins[i] === pcpu).reduce((sum, { run }) => sum + run, 0);
    const busy =
      (100 * ((after[pcpu]?.busy ?? 0) - (before[pcpu]?.busy ?? 0))) /
      ((after[pcpu]?.all ?? 0) - (before[pcpu]?.all ?? 0));
    return Math.max(0, busy - own);
  });
  const rows = shown.map(({ name, run, delay }, i) => {
    const model = replayed[`${name}/0`] ?? { run: 0, delay: 0 };
    const other = others[pins[i] ?? 0] ?? 0;
    const beyond = Math.max(Math.abs(model.run - run), Math.abs(model.delay - delay)) - other;
    const text = [run, delay, model.run, model.delay, other].map((points) => points.toFixed(1));
    return { beyond, text: `${name}: ${text.join(' ')}` };
  });
  expect(
    Math.max(...rows.map(({ beyond }) => beyond)),
    `run, waited; the same in the model; what else ran\n${rows.map(({ text }) => text).join('\n')}\n`,
  ).toBeLessThanOrEqual(boundPoints);
});

/** What each guest ran and waited from the first sample of a recording to the last, per cent; in the order of their names. */
async function shownIn(file: string) {
  const samples = [];
  for await (const each of readRecording(file)) if (each.kind === 'sample') samples.push(each.snapshot);
  const [first, last] = [samples[0], samples.at(-1)];
  const spanNs = ((last?.takenAtMs ?? 0) - (first?.takenAtMs ?? 0)) * 1e6;
  const pct = (before?: bigint, after?: bigint) => (100 * Number((after ?? 0n) - (before ?? 0n))) / spanNs;
  const shown = (last?.domains ?? []).map(({ uuid, name, vcpus: [now] }) => {
    const then = first?.domains.find((domain) => domain.uuid === uuid)?.vcpus[0];
    return {
      name,
      run: pct(then?.counters?.cpuTimeNs, now?.counters?.cpuTimeNs),
      delay: pct(then?.counters?.delayNs, now?.counters?.delayNs),
    };
  });
  return shown.sort((a, b) => a.name.localeCompare(b.name));
}

/** The ticks that each pCPU was busy, and all, from /proc/stat: user nice system idle iowait ... */
async function busyTicks() {
  const lines = (await readFile('/proc/stat', 'utf8')).split('\n').slice(1, 3);
  return lines.map((line) => {
    const fields = line.split(/ +/).slice(1).map(Number);
    const all = fields.reduce((sum, each) => sum + each, 0);
    return { all, busy: all - (fields[3] ?? 0) - (fields[4] ?? 0) };
  });
}
