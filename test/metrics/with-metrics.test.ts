import { existsSync, readFileSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { once } from '../../src/commands/once.ts';
import { watch } from '../../src/commands/watch.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { VirshMissing } from '../../src/virsh/failures.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import { guest, masksOf, simHost } from '../support/sim-host.ts';
import { parseExposition, sampleValue } from './parse-exposition.ts';

const crowded = () =>
  simHost(
    2,
    [1, 2, 3, 4].map((i) => guest(i, { demands: [40] })),
  );

function make(options: FakeContextOptions = {}) {
  const folder = temporaryDirectory();
  const path = join(folder, 'v.prom');
  const given = fakeContext({ host: crowded(), ...options });
  const inFile = () => parseExposition(readFileSync(path, 'utf8'));
  const settings = (raw: RawSettings) => readSettings({ interval: '5', cycles: '3', ...raw });
  return { ...given, folder, path, inFile, settings };
}

describe('the file', () => {
  test('has what watch did, cycle by cycle', async () => {
    const { context, settings, path, inFile, calls } = make();
    expect(await watch(settings({ metricsFile: path }), context)).toBe(0);
    const families = inFile();
    expect(sampleValue(families, 'vcpusched_moves_total', { result: 'pinned' })).toBe(0);
    expect(sampleValue(families, 'vcpusched_moves_total', { result: 'pinned', reason: 'move' })).toBe(2);
    expect(sampleValue(families, 'vcpusched_cycles_total', { result: 'acted', reason: 'moves' })).toBe(1);
    expect(sampleValue(families, 'vcpusched_virsh_duration_seconds_count')).toBe(calls.length);
    expect(sampleValue(families, 'vcpusched_imbalance_before_ratio')).toBeCloseTo(0);
    expect(families.some(({ name }) => name.startsWith('vcpusched_vcpu_'))).toBe(false);
  });

  test('has the same of a dry run, and each vCPU on request', async () => {
    const { context, settings, path, inFile, host } = make();
    await watch(settings({ metricsFile: path, metricsVcpus: true, dryRun: true }), context);
    expect(
      sampleValue(inFile(), 'vcpusched_moves_total', { result: 'planned', reason: 'move' }),
    ).toBeGreaterThan(0);
    expect(sampleValue(inFile(), 'vcpusched_imbalance_before_ratio')).toBeGreaterThan(0.5);
    expect(
      sampleValue(inFile(), 'vcpusched_vcpu_demand_ratio', { domain: 'guest-1', vcpu: '0' }),
    ).toBeGreaterThan(0.2);
    expect(masksOf(host)).toEqual(['0', '0', '0', '0']);
  });

  test.each([
    [false, 'pinned', ['acted', 'moves']],
    [true, 'planned', ['planned', 'moves']],
  ])('has what once did, with --dry-run %s', async (dryRun, result, [cycle, reason]) => {
    const { context, settings, path, inFile } = make();
    const listen = { metricsListen: '127.0.0.1:0' };
    expect(await once(settings({ metricsFile: path, dryRun, ...listen }), context)).toBe(0);
    expect(sampleValue(inFile(), 'vcpusched_moves_total', { result, reason: 'move' })).toBe(2);
    expect(
      sampleValue(inFile(), 'vcpusched_cycles_total', { result: cycle ?? '', reason: reason ?? '' }),
    ).toBe(1);
  });

  test('says of a run that failed that it has failed', async () => {
    const down = new VcpuschedError(exitStatus.unavailable, 'no daemon');
    const answer = () => {
      throw down;
    };
    const { context, settings, path, inFile } = make({ answer });
    await expect(once(settings({ metricsFile: path }), context)).rejects.toBe(down);
    expect(sampleValue(inFile(), 'vcpusched_cycles_total', { reason: 'unavailable' })).toBe(1);
    expect(sampleValue(inFile(), 'vcpusched_last_success_timestamp_seconds')).toBeUndefined();
  });

  test('is not touched by one that finds the connection taken', async () => {
    const busy = new VcpuschedError(exitStatus.busy, 'taken');
    const answer = () => {
      throw busy;
    };
    const { context, settings, path } = make({ answer });
    await expect(once(settings({ metricsFile: path }), context)).rejects.toBe(busy);
    expect(existsSync(path)).toBe(false);
  });

  test('that cannot be written at the start ends the run in one line, before virsh runs', async () => {
    const { context, settings, folder, calls } = make();
    const metricsFile = join(folder, 'none', 'v.prom');
    for (const command of [once, watch])
      await expect(command(settings({ metricsFile }), context)).rejects.toMatchObject({
        status: exitStatus.failed,
        message: expect.stringMatching(/^--metrics-file: cannot write .*v\.prom: ENOENT[^\n]*$/),
      });
    expect(calls).toEqual([]);
  });

  test('that cannot be written later is told once, and balancing goes on', async () => {
    let sleeps = 0;
    const onSleep = () => {
      sleeps += 1;
      if (sleeps === 2) renameSync(made.folder, `${made.folder}.away`);
      if (sleeps === 5) renameSync(`${made.folder}.away`, made.folder);
    };
    const made = make({ onSleep });
    const { context, settings, path, inFile, output } = made;
    expect(await watch(settings({ metricsFile: path, cycles: '6' }), context)).toBe(0);
    expect(
      output.err().match(/^vcpusched: --metrics-file: cannot write .*; balancing goes on$/gm),
    ).toHaveLength(1);
    const families = inFile().find(({ name }) => name === 'vcpusched_cycles_total');
    expect(families?.samples.reduce((sum, { value }) => sum + value, 0)).toBe(6);
  });
});

describe('the server', () => {
  const urlIn = (text: string) => /^metrics at (\S+)$/m.exec(text)?.[1] ?? '';

  test('tells of its metrics while watch runs, and is closed at its end', async () => {
    const pages: Promise<string>[] = [];
    const onSleep = () => {
      const url = urlIn(made.output.err());
      pages.push(fetch(url).then((reply) => reply.text()));
    };
    const made = make({ onSleep });
    const sleepUntil = async (timeMs: number) => {
      await made.context.sleepUntil(timeMs);
      await Promise.all(pages);
    };
    const settings = made.settings({ metricsListen: '127.0.0.1:0' });
    expect(await watch(settings, { ...made.context, sleepUntil })).toBe(0);
    const [, second = ''] = await Promise.all(pages);
    expect(
      sampleValue(parseExposition(second), 'vcpusched_moves_total', { result: 'pinned', reason: 'move' }),
    ).toBe(2);
    await expect(fetch(urlIn(made.output.err()))).rejects.toThrow();
  });

  test('is closed where the watch ends by a failure', async () => {
    const missing = new VirshMissing(exitStatus.unavailable, 'no virsh');
    const answer = () => {
      throw missing;
    };
    const { context, settings, output } = make({ answer });
    await expect(watch(settings({ metricsListen: '127.0.0.1:0' }), context)).rejects.toBe(missing);
    const url = urlIn(output.err());
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    await expect(fetch(url)).rejects.toThrow();
  });

  test('whose port is taken ends the run in one line, before virsh runs', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { context, settings, calls } = make();
    await expect(watch(settings({ metricsListen: `127.0.0.1:${port}` }), context)).rejects.toMatchObject({
      status: exitStatus.failed,
      message: expect.stringMatching(
        /^--metrics-listen: cannot listen on 127\.0\.0\.1:\d+: [^\n]*EADDRINUSE[^\n]*$/,
      ),
    });
    expect(calls).toEqual([]);
    await new Promise((resolve) => other.close(resolve));
  });

  test('says where it is in the form of the log', async () => {
    const { context, settings, output } = make();
    await watch(settings({ metricsListen: '127.0.0.1:0', logFormat: 'json' }), context);
    expect(JSON.parse(output.err().split('\n')[0] ?? '')).toMatchObject({
      level: 'info',
      message: expect.stringMatching(/^metrics at http:/),
    });
  });
});
