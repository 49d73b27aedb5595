import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseExposition, sampleValue } from '../metrics/parse-exposition.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { domains, sim, until } from '../support/sim.ts';

const crowded = () => sim(`pcpus = 2\n${domains(4, 40, 0)}`);

test.concurrent.each(['SIGTERM', 'SIGINT'] as const)(
  'watch serves its metrics and its health until %s',
  async (signal) => {
    const host = await crowded();
    const watch = host.start(['watch', '0.4', '--metrics-listen', '127.0.0.1:0']);
    let log = '';
    watch.stderr.on('data', (chunk) => {
      log += chunk;
    });
    const url = () => /^metrics at (http:\S+)\/metrics$/m.exec(log)?.[1];
    await until(() => url() !== undefined);
    await until(async () => (await fetch(`${url()}/healthz`)).ok);
    const pins = async () =>
      sampleValue(parseExposition(await (await fetch(`${url()}/metrics`)).text()), 'vcpusched_moves_total', {
        result: 'pinned',
        reason: 'move',
      });
    await until(async () => (await pins()) === 2);
    // A reader that is still there does not hold up the end.
    const open = fetch(`${url()}/metrics`).catch(() => undefined);
    watch.kill(signal);
    expect(await watch).toMatchObject({ exitCode: 0 });
    await open;
    await expect(fetch(`${url()}/metrics`)).rejects.toThrow();
  },
);

test.concurrent('a file has what once did', async () => {
  const host = await crowded();
  const path = join(temporaryDirectory(), 'v.prom');
  const { status, stderr } = await host.vcpusched(['once', '--metrics-file', path, '--metrics-vcpus']);
  expect([status, stderr]).toEqual([0, '']);
  const families = parseExposition(readFileSync(path, 'utf8'));
  expect(sampleValue(families, 'vcpusched_moves_total', { result: 'pinned', reason: 'move' })).toBe(2);
  expect(sampleValue(families, 'vcpusched_vcpu_demand_ratio', { domain: 'guest-1' })).toBeGreaterThan(0.1);
});

test.concurrent('the configuration file and the environment can say where', async () => {
  const host = await crowded();
  const path = join(temporaryDirectory(), 'v.prom');
  const taken = { VCPUSCHED_METRICS_LISTEN: '127.0.0.1' };
  expect(await host.vcpusched(['watch', '1'], taken)).toMatchObject({
    status: 64,
    stderr: expect.stringContaining(
      "VCPUSCHED_METRICS_LISTEN: an IP address and a port such as 127.0.0.1:9719 or [::1]:9719 is wanted, not '127.0.0.1'",
    ),
  });
  const { status } = await host.vcpusched(['once', '--dry-run'], { VCPUSCHED_METRICS_FILE: path });
  expect(status).toBe(0);
  expect(readFileSync(path, 'utf8')).toContain('vcpusched_moves_total{result="planned",reason="move"} 2\n');
});

test.concurrent.each([
  [
    'a folder that is not there',
    ['--metrics-file', '/none/v.prom'],
    /^vcpusched: --metrics-file: cannot write \/none\/v\.prom: ENOENT.*\n$/,
  ],
  [
    'an address of another machine',
    ['--metrics-listen', '192.0.2.1:9719'],
    /^vcpusched: --metrics-listen: cannot listen on 192\.0\.2\.1:9719: .*EADDRNOTAVAIL.*\n$/,
  ],
])('%s ends watch in one line', async (_, args, line) => {
  const host = await crowded();
  const { status, stderr } = await host.vcpusched(['watch', '1', ...args]);
  expect([status, stderr]).toEqual([1, expect.stringMatching(line)]);
  expect(host.calls()).toEqual([]);
});
