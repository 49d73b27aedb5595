import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { history } from '../../src/commands/history.ts';
import { once } from '../../src/commands/once.ts';
import { pause, resume } from '../../src/commands/pause.ts';
import { plan } from '../../src/commands/plan.ts';
import { restore } from '../../src/commands/restore.ts';
import { status } from '../../src/commands/status.ts';
import { watch } from '../../src/commands/watch.ts';
import { type RawSettings, readSettings, type Settings } from '../../src/config/settings.ts';
import type { Context } from '../../src/session/context.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import { changeDomain, guest, masksOf, pinByHand, simHost } from '../support/sim-host.ts';

const commands = { history, once, pause, plan, restore, resume, status, watch };

/** Four guests on one of two pCPUs, and commands that share what they keep; time goes on from one to the next. */
function setUp() {
  const stateDir = temporaryDirectory();
  const host = simHost(
    2,
    [1, 2, 3, 4].map((i) => guest(i, { demands: [40] })),
  );
  let startMs = 1000;
  const run = async (
    command: keyof typeof commands,
    raw: RawSettings = {},
    options: FakeContextOptions = {},
    more: Partial<Context> = {},
  ) => {
    const given = fakeContext({ host, stateDir, startMs, ...options });
    const verb: (settings: Settings, context: Context) => Promise<number> = commands[command];
    const settings = readSettings({ interval: '5', ...raw });
    const status = await verb(settings, { ...given.context, ...more });
    startMs = given.context.nowMs() + 1000;
    return { status, out: given.output.out(), err: given.output.err() };
  };
  const historyOf = async (raw: RawSettings = {}) => {
    const { out } = await run('history', { json: true, ...raw });
    return (JSON.parse(out) as { moves: Record<string, unknown>[] }).moves;
  };
  return { host, stateDir, run, historyOf, affinities: () => masksOf(host) };
}

describe('history', () => {
  test('has each move of once, and what the next run finds that it brought', async () => {
    const { run, historyOf } = setUp();
    await run('once');
    const first = await historyOf();
    expect(first).toHaveLength(2);
    expect(first[0]).toMatchObject({
      command: 'once',
      vcpu: 0,
      kind: 'move',
      from: '0',
      to: '1',
      demandPct: expect.closeTo(40, 0),
      readyBeforePct: expect.any(Number),
      readyAfterPct: null,
      undone: null,
      reason: expect.stringContaining('pCPU 0 at 160 %'),
    });
    await run('once');
    const later = await historyOf();
    expect(later.map(({ readyAfterPct }) => readyAfterPct)).toEqual([0, 0]);
    const { out } = await run('history');
    expect(out).toMatch(
      /^time .+\n(2026-01-02 .+ {2}15 % {2}0\.0 % {2}move\n){2}\n2 moves in 1 run; mean ready time /,
    );
  });

  test('of watch knows it in the first cycle that began after the move', async () => {
    const { run, historyOf } = setUp();
    await run('watch', { cycles: '2' });
    expect((await historyOf()).map(({ readyAfterPct }) => readyAfterPct)).toEqual([null, null]);
    await run('watch', { cycles: '1' });
    expect((await historyOf()).map(({ readyAfterPct }) => readyAfterPct)).toEqual([0, 0]);
  });

  test('shows one domain, and what has been since a time', async () => {
    const { run, historyOf } = setUp();
    await run('once');
    const [{ domain } = {}] = await historyOf();
    expect(await historyOf({ moved: (domain as { name: string }).name })).toHaveLength(1);
    expect(await historyOf({ moved: 'nobody' })).toEqual([]);
    expect(await historyOf({ since: '1h' })).toHaveLength(2);
    expect(await historyOf({ since: '2026-01-03' })).toEqual([]);
    expect((await run('history', { moved: 'nobody' })).out).toBe('no moves\n');
  });

  test('--history 0 keeps none, nor does a dry run', async () => {
    const { run, historyOf } = setUp();
    await run('once', { dryRun: true });
    await run('once', { history: '0' });
    expect(await historyOf()).toEqual([]);
  });

  test('that cannot be written is told for what it is, and the pins are made', async () => {
    const { run, stateDir, affinities } = setUp();
    await run('status');
    await run('pause', {}, {}, { isRoot: true });
    await run('resume');
    mkdirSync(join(stateDir, readdirSync(stateDir)[0] ?? '', 'history.ndjson'));
    const { status, err } = await run('once');
    expect([status, err]).toEqual([
      0,
      expect.stringMatching(
        /^vcpusched: \S+history\.ndjson cannot be used: .+ or name another folder with --state-dir\n$/,
      ),
    ]);
    expect(affinities().toSorted()).toEqual(['0', '0', '1', '1']);
  });

  test('is shown where libvirt cannot be reached', async () => {
    const { run } = setUp();
    await run('once');
    const answer = () => ({ exitCode: 1, stderr: 'error: failed to connect to the hypervisor\n' });
    const { status, out } = await run('history', {}, { answer });
    expect([status, out]).toEqual([0, expect.stringContaining('2 moves in 1 run')]);
  });
});

describe('restore --last', () => {
  test('takes back the last run alone, and given again the one before', async () => {
    const { run, affinities, historyOf } = setUp();
    await run('once', { maxMoves: '1' });
    const afterFirst = affinities();
    await run('once', { maxMoves: '1' });
    expect(affinities().toSorted()).toEqual(['0', '0', '1', '1']);
    expect(await run('restore', { last: true, dryRun: true })).toMatchObject({
      out: expect.stringMatching(/ 0$/m),
    });
    expect(await run('restore', { last: true })).toMatchObject({ status: 0, out: 'restored 1 vCPU\n' });
    expect(affinities()).toEqual(afterFirst);
    expect((await historyOf()).map(({ undone }) => undone !== null)).toEqual([false, true]);
    expect(await run('restore', { last: true })).toMatchObject({ out: 'restored 1 vCPU\n' });
    expect(affinities()).toEqual(['0', '0', '0', '0']);
    expect(await run('restore', { last: true })).toMatchObject({ status: 0, out: 'nothing to restore\n' });
  });

  test('what it has taken back goes back to the first affinity by restore', async () => {
    const { run, affinities } = setUp();
    await run('once', { cpus: '1' });
    await run('once', { cpus: '0' });
    expect(affinities()).toEqual(['0', '0', '0', '0']);
    await run('restore', { last: true });
    expect(affinities()).toEqual(['1', '1', '1', '1']);
    await run('restore');
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('leaves alone what somebody else has pinned since, and a domain that was started anew', async () => {
    const { run, host, affinities } = setUp();
    await run('once', { cpus: '1' });
    pinByHand(host, 0, [0, 1]);
    changeDomain(host, 1, { id: 77 });
    const { out, err } = await run('restore', { last: true });
    expect([out, err]).toEqual(['restored 2 vCPUs\n', expect.stringMatching(/left alone: guest-1 vCPU 0: /)]);
    expect(affinities()).toEqual(['0-1', '1', '0', '0']);
  });
});

describe('pause', () => {
  test('makes once and watch pin nothing until resume, silently from cron, and is told', async () => {
    const { run, affinities } = setUp();
    expect(await run('pause', {}, {}, { isRoot: true })).toEqual({
      status: 0,
      out: "paused until 'vcpusched resume': nothing is pinned\n",
      err: '',
    });
    expect(await run('once')).toEqual({ status: 0, out: '', err: '' });
    const loud = await run('once', { verbose: true });
    expect([loud.out, loud.err]).toEqual([
      expect.stringMatching(/^would pin 2 vCPUs: /),
      expect.stringContaining("vcpusched: paused until 'vcpusched resume'"),
    ]);
    expect((await run('plan')).err).toContain('nothing is pinned');
    expect((await run('status')).out).toContain('Balancing is stopped: paused');
    expect(JSON.parse((await run('status', { json: true })).out)).toMatchObject({
      paused: { until: null, by: 'command' },
    });
    expect(affinities()).toEqual(['0', '0', '0', '0']);
    const { err } = await run('watch', { cycles: '2' });
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^watching /),
      "cycle 1: paused until 'vcpusched resume': nothing is pinned",
      expect.stringMatching(/^cycle 1: would pin 2 vCPUs: /),
      expect.stringMatching(/^cycle 1: guest/),
      expect.stringMatching(/^cycle 1: guest/),
      '',
    ]);
    expect(affinities()).toEqual(['0', '0', '0', '0']);
    expect((await run('resume')).out).toBe('no longer paused\n');
    expect((await run('resume')).out).toBe('there was no pause\n');
    await run('once');
    expect(affinities().toSorted()).toEqual(['0', '0', '1', '1']);
  });

  test('of a user who is not root says that a service of root does not see it', async () => {
    const { run } = setUp();
    expect((await run('pause')).err).toMatch(
      /^vcpusched: this pause is saved in \S+: a service of root has another/,
    );
    expect((await run('pause', { quiet: true })).err).toBe('');
  });

  test('--for ends it by itself, while a watch runs', async () => {
    const { run, affinities } = setUp();
    expect((await run('pause', { for: '12' })).out).toMatch(
      /^paused until 2026-01-02 \d\d:\d\d: nothing is pinned\n$/,
    );
    const { err } = await run('watch', { cycles: '4' });
    expect(err).toMatch(/\ncycle \d: no longer paused\ncycle \d: pinned 2 vCPUs: /);
    expect(affinities().toSorted()).toEqual(['0', '0', '1', '1']);
  });

  test('does not keep restore from what it is asked for', async () => {
    const { run, affinities } = setUp();
    await run('once');
    await run('pause');
    await run('restore');
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('a maintenance window of the settings does the same', async () => {
    const { run, affinities } = setUp();
    const { err } = await run('once', { maintenance: ['00:00-24:00'], verbose: true });
    expect(err).toMatch(/a maintenance window lasts until 2026-01-0\d 00:00: nothing is pinned/);
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });
});

describe('--hook', () => {
  async function hooked(raw: RawSettings, options: FakeContextOptions = {}, answer?: string) {
    const { run } = setUp();
    const told: [string, Record<string, unknown>][] = [];
    const runHook = async (program: string, input: string) => {
      told.push([program, JSON.parse(input) as Record<string, unknown>]);
      return answer;
    };
    const { err } = await run('watch', { hook: '/bin/notify', cycles: '3', ...raw }, options, { runHook });
    return { told, err };
  }

  test('gets the JSON of a cycle that moved, and of one that failed, and of no other', async () => {
    const answer = (_: string, process: number) =>
      process === 5 ? { exitCode: 1, stderr: 'error: failed to connect to the hypervisor\n' } : undefined;
    const { told } = await hooked({ cycles: '4' }, { answer });
    expect(told).toMatchObject([
      ['/bin/notify', { command: 'watch', error: null, moves: [{ done: true }, { done: true }] }],
      [
        '/bin/notify',
        { command: 'watch', error: expect.stringContaining('cannot reach libvirt'), status: 69 },
      ],
    ]);
  });

  test('one that fails is told, and costs no cycle', async () => {
    const { told, err } = await hooked({}, {}, 'it ended with status 3: \u001bno');
    expect(told).toHaveLength(1);
    expect(err).toContain('vcpusched: --hook /bin/notify: it ended with status 3: \\u{1b}no\n');
  });
});
