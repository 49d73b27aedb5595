import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { report } from '../../src/commands/report.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { Interrupted } from '../../src/errors.ts';
import { pinAllLive } from '../../src/simulate/actions.ts';
import { readScenario } from '../../src/simulate/scenario/read-scenario.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { fakeContext } from '../support/fake-context.ts';
import { samplesOf, writeRecording } from '../support/record-scenario.ts';

const folder = temporaryDirectory();

/** A recording of four vCPUs that want 30 % each, all on the first of four pCPUs. */
async function recording(name: string, samples: number, everySeconds = 10): Promise<string> {
  const scenario = join(folder, 'four.toml');
  writeFileSync(
    scenario,
    `pcpus = 4\n[[domains]]\nname = "guest-%d"\ncount = 4\naffinity = 0\ndemand = 30\n`,
  );
  return writeRecording(join(folder, name), samplesOf(readScenario(scenario), samples, everySeconds));
}

async function run(file: string, raw: RawSettings = {}) {
  const { context, output } = fakeContext();
  const status = await report(readSettings({ file, ...raw }), context);
  return { status, out: output.out(), err: output.err() };
}

const told = async (file: string, raw: RawSettings = {}) =>
  JSON.parse((await run(file, { ...raw, json: true })).out);

describe('a report', () => {
  test('says that balancing would help, and how many more vCPUs fit', async () => {
    const { host, comparison, room, changes } = await told(await recording('crowded', 31, 20));
    // 120 % on one pCPU: a sixth of what is wanted has to wait, 5 points of each 30.
    expect(host.busiestPcpu.p50).toBeCloseTo(120, 0);
    expect(host.ready.p50).toBeCloseTo(5, 0);
    expect(host.readyMs.p50).toBeCloseTo(200 * host.ready.p50, -1);
    const [best] = comparison.policies;
    const none = comparison.policies.find(({ policy }: { policy: string }) => policy === 'none');
    expect(best.ready.p95).toBe(0);
    expect(none.ready.p95).toBeGreaterThan(4);
    expect(changes).toBeNull();
    expect(room.reason).toBeNull();
    // Two of 30 % on a pCPU wait for 30 x 30 / 2 = 4.5 %, three for more than 5 %: two fit on each of four pCPUs.
    expect(room).toMatchObject({ vcpus: 4, least: 4, most: 4, isAtLeast: false });
  });

  test('of a few minutes knows neither', async () => {
    const { comparison, room, host } = await told(await recording('short', 30));
    expect(host.ready.p50).toBeGreaterThan(0);
    expect(comparison).toEqual({ reason: 'the recording is too short: 10 minutes are needed' });
    expect(room).toEqual({ reason: 'the recording is too short: 10 minutes are needed' });
  });

  test('tries the settings that are swept', async () => {
    const { comparison } = await told(await recording('swept', 11, 60), { sweep: ['high=85,95'] });
    const swept = comparison.policies.filter(({ policy }: { policy: string }) => policy === 'threshold');
    expect(swept.map((each: { swept: unknown }) => each.swept)).toEqual(
      expect.arrayContaining([{ high: '85' }, { high: '95' }]),
    );
    expect(comparison.policies.filter(({ policy }: { policy: string }) => policy === 'none')).toHaveLength(1);
  });

  test('writes a page, and says nothing with --quiet', async () => {
    const html = join(folder, 'page.html');
    const { status, out, err } = await run(await recording('page', 30), { html, quiet: true });
    expect({ status, out, err }).toEqual({ status: 0, out: '', err: '' });
    expect(readFileSync(html, 'utf8')).toContain('<h1>What this host is like</h1>');
  });

  test('does not read where the page cannot be written', async () => {
    await expect(run('nowhere', { html: folder })).rejects.toMatchObject({
      status: 1,
      message: expect.stringContaining(`--html: cannot write ${folder}`),
    });
  });

  test('tells an incomplete end, and goes on without it', async () => {
    const file = await recording('torn', 30);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
    const { status, err } = await run(file, { quiet: true });
    expect(status).toBe(0);
    expect(err).toMatch(/^vcpusched: .*torn:\d+: the last record is incomplete; those before it are used\n$/);
  });

  test.each([
    ['nothing', '', 'the file is empty'],
    ['something else', 'pcpus = 4\n', 'there is no header'],
  ])('of %s is refused in one line', async (_, text, why) => {
    const file = join(folder, 'bad');
    writeFileSync(file, text);
    await expect(run(file)).rejects.toMatchObject({
      status: 65,
      message: `${file}:1: no recording: ${why}`,
    });
  });

  test('ends where a signal comes', async () => {
    const { context, stop } = fakeContext();
    stop.abort();
    const file = await recording('long', 11, 60);
    await expect(report(readSettings({ file }), context)).rejects.toThrow(new Interrupted('interrupted'));
  });

  test('of samples that are an hour apart is told, too', async () => {
    const scenario = readScenario('fixtures/scenarios/demo.toml');
    const file = join(folder, 'hourly');
    await writeRecording(file, samplesOf(scenario, 5, 3600));
    const { comparison, recorded } = await told(file);
    expect(recorded.everyMs).toBe(3_600_000);
    expect(comparison.reason).toBeNull();
  });

  test('shows at a terminal how far it is, and clears that', async () => {
    const { context, output } = fakeContext({ terminal: { isTty: true } });
    await report(readSettings({ file: await recording('shown', 101, 6) }), context);
    const [line = '', ...rest] = output.out().split('\n');
    expect(line).toMatch(
      /\rreading: 100 samples[^\n]*\rtrying policies \[#*-*\] [^\n]*\rtrying [\d, ]+ more vCPUs /,
    );
    expect(line.split('\r').at(-1)?.trim()).toBe('');
    expect(rest.join('\n')).not.toContain('trying');
  });

  test('of one sample is refused', async () => {
    const file = await recording('one', 1);
    await expect(run(file)).rejects.toMatchObject({
      status: 65,
      message: `${file}: no two samples follow one another: what a host does is told by two of them`,
    });
  });

  test('says what balancing has brought', async () => {
    const scenario = readScenario('fixtures/scenarios/demo.toml');
    const pins = new Map(scenario.domains.map(({ uuid }, i) => [`${uuid}/0`, [i % 4]]));
    const file = join(folder, 'balanced');
    await writeRecording(
      file,
      samplesOf(scenario, 61, 10, (host, i) => (i === 30 ? pinAllLive(host, pins) : host)),
    );
    const { changes } = await told(file);
    expect(changes).toMatchObject({ changes: 6, moves: 6, episodes: 1 });
    expect(changes.before.readyPct).toBeGreaterThan(15);
    expect(changes.after.readyPct).toBe(0);
    expect(changes.before.spread).toBeGreaterThan(100);
    expect(changes.after.spread).toBeLessThan(1);
  });
});
