import { describe, expect, test } from 'vitest';
import { watch } from '../../src/commands/watch.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import type { CycleFields } from '../../src/render/envelope.ts';
import type { Context } from '../../src/session/context.ts';
import { VirshMissing } from '../../src/virsh/failures.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import { changeVcpu, guest, masksOf, simHost } from '../support/sim-host.ts';

const even = () =>
  simHost(
    2,
    [0, 1].map((pcpu) => guest(pcpu, { demands: [40], affinity: [pcpu] })),
  );
const crowded = () =>
  simHost(
    2,
    [1, 2, 3, 4].map((i) => guest(i, { demands: [40] })),
  );

async function runWatch(raw: RawSettings, options: FakeContextOptions) {
  const given = fakeContext(options);
  const status = await watch(readSettings({ interval: '5', ...raw }), given.context);
  return { ...given, status, out: given.output.out(), err: given.output.err() };
}
const begun = 'watching qemu:///system every 5 s, policy threshold: 2 domains with 2 vCPUs on pCPUs 0-1\n';
const begunCrowded =
  'watching qemu:///system every 5 s, policy threshold: 4 domains with 4 vCPUs on pCPUs 0-1';
const pinnedTwo =
  /^cycle 1: pinned 2 vCPUs: .+\n(cycle 1: guest-\d vCPU 0, pCPU 0 to 1: move: pCPU 0 at .+\n){2}/m;
const pinsIn = (calls: readonly { readonly commands: readonly string[] }[]) =>
  calls.map(({ commands }) => commands.filter((command) => command.startsWith('vcpupin')).length);

describe('cycles', () => {
  test('stand on a grid of the interval, one virsh process each', async () => {
    const { calls, status, out, err } = await runWatch({ cycles: '4' }, { host: even() });
    expect(calls.map(({ atMs }) => atMs)).toEqual([1000, 6000, 11_000, 16_000, 21_000]);
    expect([status, out, err]).toEqual([0, '', begun]);
  });

  test('never overlap: what takes longer makes the next wait for its place', async () => {
    const virshMs = (process: number) => (process === 1 ? 12_000 : 30);
    const { calls } = await runWatch({ cycles: '3' }, { host: even(), virshMs });
    expect(calls.map(({ atMs }) => atMs)).toEqual([1000, 6000, 21_000, 26_000]);
  });

  test('the grid does not drift, however long the samples take', async () => {
    const { calls } = await runWatch(
      { cycles: '100', interval: '1' },
      { host: even(), virshMs: (i) => (i * 37) % 900 },
    );
    expect(calls.at(-1)?.atMs).toBe(101_000);
  });

  test('an uneven host is pinned in the first that measures, and then left alone', async () => {
    const { calls, err, host } = await runWatch({ cycles: '6' }, { host: crowded() });
    expect(pinsIn(calls)).toEqual([0, 0, 2, 0, 0, 0, 0, 0]);
    expect(err.slice(err.indexOf('\n') + 1)).toMatch(pinnedTwo);
    expect(masksOf(host).toSorted()).toEqual(['0', '0', '1', '1']);
  });

  test('a small gain waits until it has held, so the policy remembers', async () => {
    const host = simHost(
      2,
      Array.from({ length: 24 }, (_, i) => guest(i, { demands: [6], affinity: [Number(i >= 13)] })),
    );
    const { calls } = await runWatch({ cycles: '9' }, { host });
    const withTheFirstPlan = 2;
    expect(pinsIn(calls).findIndex((pins) => pins > 0)).toBeGreaterThan(withTheFirstPlan);
  });

  test('domains that come, go and restart fail nothing', async () => {
    const host = crowded();
    const changes: Record<number, () => void> = {
      2: () => (host.domains = [...host.domains, guest(7, { demands: [10], affinity: [1] })]),
      3: () => (host.domains = host.domains.slice(1)),
      4: () => changeVcpu(host, 0, { runNs: 0, delayNs: 0, pinned: [0, 1] }),
      5: () => (host.domains = []),
    };
    let cycle = 0;
    const onSleep = () => changes[++cycle]?.();
    const { err, status } = await runWatch({ cycles: '7' }, { host, onSleep });
    expect(err).not.toContain('vcpusched: ');
    expect(status).toBe(0);
  });
});

describe('what it says', () => {
  test('--verbose: every cycle with its number, and the end', async () => {
    const { out, err } = await runWatch({ cycles: '2', verbose: true }, { host: even() });
    expect([out, err.split('\n')]).toEqual([
      '',
      [
        begun.trimEnd(),
        expect.stringMatching(/^cycle 1: nothing moved: /),
        expect.stringMatching(/^cycle 2: nothing moved: /),
        'ended after 2 cycles and 0 pins',
        '',
      ],
    ]);
  });

  test('at a terminal, with the time of day', async () => {
    const { err } = await runWatch({ cycles: '1' }, { host: crowded(), terminal: { isErrTty: true } });
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}watching /),
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}cycle 1: pinned 2 vCPUs: /),
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}cycle 1: guest-\d vCPU 0, pCPU 0 to 1: move: pCPU 0 at /),
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}cycle 1: guest-\d vCPU 0, pCPU 0 to 1: move: pCPU 0 at /),
      '',
    ]);
  });

  test('in the journal, with a priority', async () => {
    const answer = (command: string) =>
      command.startsWith('vcpupin') ? { stderr: 'error: no\n' } : undefined;
    const { err } = await runWatch(
      { cycles: '1' },
      { host: crowded(), answer, terminal: { isErrJournal: true } },
    );
    expect(err.split('\n').map((line) => line.slice(0, 12))).toEqual([
      '<6>watching ',
      '<4>vcpusched',
      '<4>vcpusched',
      '<5>cycle 1: ',
      '',
    ]);
  });

  test('--log-format json and logfmt: the same, as fields', async () => {
    const raw = { cycles: '1', cpus: '0-1' };
    const json = await runWatch({ ...raw, logFormat: 'json' }, { host: crowded() });
    const lines = json.err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { level: 'info', event: 'begun', connection: 'qemu:///system', interval: 5, vcpus: 4 },
      { level: 'notice', event: 'cycle', cycle: 1, verdict: 'acted', moves: 2, failed: 0, windowMs: 5000 },
      { event: 'move', cycle: 1, domain: { name: expect.any(String) }, vcpu: 0, from: '0', to: '1' },
      { event: 'move', cycle: 1 },
    ]);
    const logfmt = await runWatch({ ...raw, logFormat: 'logfmt' }, { host: crowded() });
    expect(logfmt.err.split('\n')[2]).toMatch(
      /^time=\S+Z level=notice event=move cycle=1 message="guest.+" domain\.uuid=\S+ domain\.name=guest-\d vcpu=0 kind=move from=0 to=1 demandPct=40 reason="pCPU 0 /,
    );
  });

  test('once an hour a summary', async () => {
    const { err } = await runWatch({ cycles: '30', interval: '5m' }, { host: even() });
    const summary = /^last hour: 12 cycles, 0 pins; balanced: .+$/;
    expect(err.trimEnd().split('\n').slice(1)).toEqual([
      expect.stringMatching(summary),
      expect.stringMatching(summary),
    ]);
  });

  test('--dry-run: what would be moved, once, and nothing is pinned or kept', async () => {
    const { err, calls, host } = await runWatch(
      { cycles: '3', dryRun: true, restoreOnExit: true },
      { host: crowded() },
    );
    expect(err.split('\n')).toEqual([
      begunCrowded,
      expect.stringMatching(/^cycle 1: would pin 2 vCPUs: the loads go from /),
      expect.stringMatching(/^cycle 1: guest-\d vCPU 0, pCPU 0 to 1: move: /),
      expect.stringMatching(/^cycle 1: guest-\d vCPU 0, pCPU 0 to 1: move: /),
      '',
    ]);
    expect([pinsIn(calls).every((pins) => pins === 0), masksOf(host)]).toEqual([true, ['0', '0', '0', '0']]);
  });

  test('--quiet: nothing', async () => {
    const { out, err } = await runWatch({ cycles: '2', quiet: true }, { host: crowded() });
    expect([out, err]).toEqual(['', '']);
  });

  test('--json: a line for each cycle', async () => {
    const { out } = await runWatch({ cycles: '2', json: true }, { host: crowded() });
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { formatVersion: 1, command: 'watch', windowMs: 5000, moves: [{ done: true }, { done: true }] },
      { formatVersion: 1, command: 'watch', moves: [] },
    ]);
  });
});

describe('a cycle that fails', () => {
  const stuck = new VcpuschedError(exitStatus.unavailable, 'virsh did not answer\u001b');
  const failingAt = (error: Error, ...processes: readonly number[]): FakeContextOptions => ({
    host: crowded(),
    answer: (_, process) => {
      if (processes.includes(process)) throw error;
      return undefined;
    },
  });

  const told = 'vcpusched: virsh did not answer\\u{1b}\n';

  test('is told, once for all that fail alike, and the next one comes', async () => {
    const { err, status, calls } = await runWatch({ cycles: '4' }, failingAt(stuck, 0, 1));
    expect(err.split('\n').slice(0, 3)).toEqual([told.trimEnd(), 'libvirt is back after 15 s', begunCrowded]);
    expect(pinsIn(calls)).toEqual([0, 0, 0, 0, 2, 0]);
    expect(status).toBe(0);
  });

  test('with --verbose is told each time', async () => {
    const { err } = await runWatch(
      { cycles: '4', verbose: true },
      { ...failingAt(stuck, 2, 3), host: even() },
    );
    expect(err.split(told)).toHaveLength(3);
  });

  test('is told again after one that did not', async () => {
    const { err } = await runWatch({ cycles: '6' }, { ...failingAt(stuck, 2, 3, 5), host: even() });
    expect(err).toBe(`${begun}${told}libvirt is back after 15 s\n${told}libvirt is back after 5 s\n`);
  });

  test('of another kind is another story', async () => {
    const other = new VcpuschedError(exitStatus.failed, 'the disk is full');
    const answer = (_: string, process: number) => {
      if (process === 2) throw stuck;
      if (process === 3) throw other;
      return undefined;
    };
    const { err } = await runWatch({ cycles: '4' }, { host: even(), answer });
    expect(err).toBe(`${begun}${told}vcpusched: the disk is full\nlibvirt is back after 15 s\n`);
  });

  test('gives its status if it was the last', async () => {
    expect((await runWatch({ cycles: '2' }, failingAt(stuck, 3))).status).toBe(69);
  });

  test('measures over the longer window afterwards', async () => {
    const { out } = await runWatch({ cycles: '3', json: true }, { ...failingAt(stuck, 2), host: even() });
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as CycleFields).windowMs),
    ).toEqual([5000, 10_000]);
  });

  test('a pin that fails gives status 1, and is tried again', async () => {
    const host = crowded();
    const answer = (command: string) =>
      command.startsWith('vcpupin') ? { stderr: 'error: no\n' } : undefined;
    const { status, calls, err } = await runWatch({ cycles: '2' }, { host, answer });
    expect(pinsIn(calls)).toEqual([0, 0, 2, 0, 2]);
    expect(err.match(/^vcpusched: cycle \d: not pinned: guest-\d vCPU 0, pCPU 0 to 1: no$/gm)).toHaveLength(
      4,
    );
    expect(status).toBe(1);
  });

  const missing = new VirshMissing(exitStatus.unavailable, 'virsh not found');
  const denied = new VcpuschedError(exitStatus.notPermitted, 'not permitted');

  test.each([
    ['no virsh at the start', missing, 0],
    ['no permission at the start', denied, 0],
    ['a defect at the start', new TypeError('x is not a function'), 0],
    ['a defect later', new TypeError('x is not a function'), 2],
    ['a wrong command line later', new VcpuschedError(exitStatus.usage, 'wrong'), 1],
  ])('%s ends the watch', async (_, error, process) => {
    await expect(runWatch({ cycles: '4' }, failingAt(error, process))).rejects.toBe(error);
  });

  test.each([
    ['no virsh later', missing],
    ['no permission later', denied],
  ])('%s does not', async (_, error) => {
    expect((await runWatch({ cycles: '3' }, failingAt(error, 1))).status).toBe(0);
  });

  test('--cpus that names an offline pCPU ends it as soon as that is known', async () => {
    await expect(runWatch({ cpus: '7' }, { host: even() })).rejects.toMatchObject({ status: 64 });
  });
});

describe('a signal', () => {
  test('while it sleeps', async () => {
    const given = fakeContext({
      host: even(),
      onSleep: () => given.calls.length === 2 && given.stop.abort(),
    });
    expect(await watch(readSettings({ interval: '5' }), given.context)).toBe(0);
    expect(given.calls).toHaveLength(2);
  });

  test('after a cycle that failed is still what was asked for', async () => {
    const given = fakeContext({
      host: even(),
      onSleep: () => given.stop.abort(),
      answer: () => {
        throw new VcpuschedError(exitStatus.unavailable, 'virsh did not answer');
      },
    });
    expect(await watch(readSettings({ interval: '5' }), given.context)).toBe(0);
    expect(given.output.err()).toBe('vcpusched: virsh did not answer\n');
  });

  test('while it samples', async () => {
    const given = fakeContext({
      host: even(),
      answer: (_, process) => void (process === 1 && given.stop.abort()),
    });
    expect(await watch(readSettings({ interval: '5', verbose: true }), given.context)).toBe(0);
    expect(given.output.err()).toBe(`${begun}ended after 0 cycles and 0 pins\n`);
  });

  test('while it pins: the set is finished and told first', async () => {
    const given = fakeContext({
      host: crowded(),
      answer: (command) => void (command.startsWith('vcpupin') && given.stop.abort()),
    });
    expect(await watch(readSettings({ interval: '5', verbose: true }), given.context)).toBe(0);
    expect(masksOf(given.host).toSorted()).toEqual(['0', '0', '1', '1']);
    expect(given.output.err()).toMatch(pinnedTwo);
    expect(given.output.err()).toMatch(/ended after 1 cycle and 2 pins\n$/);
  });

  test('before it began', async () => {
    const given = fakeContext({ host: even() });
    given.stop.abort();
    expect(await watch(readSettings({ interval: '5' }), given.context)).toBe(0);
    expect(given.calls).toEqual([]);
  });
});

describe('SIGHUP', () => {
  /** Says it before these cycles, and reads these settings then. */
  async function runReloaded(
    reloads: Readonly<Record<number, () => RawSettings>>,
    raw: RawSettings = {},
    more: Partial<Context> = {},
  ) {
    let hangup: (() => void) | undefined;
    let read: () => RawSettings = () => ({});
    let slept = 0;
    const given = fakeContext({
      host: crowded(),
      onSleep: () => {
        const next = reloads[++slept];
        if (next === undefined) return;
        read = next;
        hangup?.();
      },
    });
    const context: Context = {
      ...given.context,
      onHangup: (call) => {
        hangup = call;
      },
      hasTerminal: () => false,
      reloadSettings: async () => readSettings({ interval: '5', cycles: '6', ...read() }),
      ...more,
    };
    const status = await watch(readSettings({ interval: '5', cycles: '6', ...raw }), context);
    return {
      ...given,
      status,
      isHeard: hangup !== undefined,
      lines: given.output.err().trimEnd().split('\n'),
    };
  }
  const watching = expect.stringMatching(/^watching .+ policy threshold: /);

  test('reads the settings again, tells what has changed, and goes on with them', async () => {
    const { lines, status, calls } = await runReloaded(
      { 2: () => ({ high: '95', exclude: ['x'] }) },
      { cpus: '0' },
    );
    expect(lines).toEqual([
      watching,
      'read the settings again: exclude, cpus, high',
      expect.stringMatching(/^vcpusched: --exclude x: no domain/),
      watching,
      expect.stringMatching(/^cycle \d: pinned 2 vCPUs/),
      expect.stringMatching(/^cycle \d: guest/),
      expect.stringMatching(/^cycle \d: guest/),
    ]);
    expect([status, pinsIn(calls).reduce((sum, pins) => sum + pins)]).toEqual([0, 2]);
  });

  test('and the end before the next session is open restores all the same', async () => {
    let hangup: (() => void) | undefined;
    const given = fakeContext({
      host: crowded(),
      onSleep: () => void (given.calls.length === 3 && hangup?.()),
      answer: (_, process) => {
        if (process !== 4) return undefined;
        given.stop.abort();
        throw new VcpuschedError(exitStatus.unavailable, 'virsh did not answer');
      },
    });
    const raw = { interval: '5', restoreOnExit: true };
    const context: Context = {
      ...given.context,
      manager: { notify: async () => undefined, watchdogUs: undefined },
      onHangup: (call) => {
        hangup = call;
      },
      reloadSettings: async () => readSettings(raw),
    };
    expect(await watch(readSettings(raw), context)).toBe(0);
    expect(given.output.err()).toMatch(/\nread the settings again: nothing has changed\nrestored 2 vCPUs\n$/);
    expect(masksOf(given.host)).toEqual(['0', '0', '0', '0']);
  });

  test.each<[string, () => RawSettings, string]>([
    [
      'cannot be read',
      () => ({ high: '1000' }),
      "--high: a number above 0, at most 100 is wanted, not '1000'",
    ],
    ['name no policy', () => ({ policy: 'nope' }), '--policy: there is no '],
    ['do not fit the host', () => ({ cpus: '7' }), '--cpus: pCPU 7 is not online; online are 0-1'],
  ])('those that %s change nothing', async (_, read, message) => {
    const { lines, status } = await runReloaded({ 3: read });
    expect(status).toBe(0);
    expect(lines.filter((line) => line.startsWith('vcpusched: '))).toEqual([
      expect.stringContaining(`vcpusched: the settings stay as they were: ${message}`),
    ]);
  });

  test.each<[string, RawSettings, Partial<Context>, boolean]>([
    ['of a service', {}, {}, true],
    ['at a terminal', {}, { hasTerminal: () => true }, false],
    ['with --restore-on-exit', { restoreOnExit: true }, {}, false],
    [
      'with --restore-on-exit, under a service manager',
      { restoreOnExit: true },
      { manager: { notify: async () => undefined, watchdogUs: undefined } },
      true,
    ],
  ])('is heard or ends the watch: %s', async (_, raw, more, isHeard) => {
    expect((await runReloaded({}, raw, more)).isHeard).toBe(isHeard);
  });
});

describe('a service manager', () => {
  async function told(options: FakeContextOptions, watchdogUs?: number, raw: RawSettings = {}) {
    const given = fakeContext(options);
    const said: unknown[] = [];
    const notify = async (variables: object) => void said.push(variables);
    const context = { ...given.context, manager: { notify, watchdogUs } };
    await watch(readSettings({ interval: '5', cycles: '6', ...raw }), context);
    return said;
  }
  const ready = { READY: 1, STATUS: expect.stringMatching(/^watching qemu:.+: \d domains$/) };
  const status = (text: string) => ({ STATUS: expect.stringContaining(text) });

  test('hears that it is ready with the first sample, and now and then how it goes', async () => {
    expect(await told({ host: crowded() })).toEqual([
      ready,
      status('pinned 2 vCPUs'),
      status('nothing moved: '),
      status('nothing moved: '),
    ]);
  });

  test('hears at once of an outage and of its end', async () => {
    const answer = (_: string, process: number) => {
      if ([0, 3, 4].includes(process)) throw new VcpuschedError(exitStatus.unavailable, 'no virsh');
      return undefined;
    };
    expect(await told({ host: even(), answer }, undefined, { cycles: '7' })).toEqual([
      status('no virsh'),
      ready,
      status('no virsh'),
      status('nothing moved: '),
      status('nothing moved: '),
    ]);
  });

  test('gets a sign of life often enough for its watchdog, and another watchdog where cycles are longer', async () => {
    const alive = { ...status('nothing moved: '), WATCHDOG: 1 };
    const often = await told({ host: even() }, 12_000_000, { timeout: '1' });
    expect(often).toEqual([{ ...ready, WATCHDOG_USEC: 34_000_000 }, ...Array(6).fill(alive)]);
    const seldom = await told({ host: even() }, 600_000_000);
    expect(seldom).toEqual([ready, ...Array(3).fill(alive)]);
  });

  test('hears at once that it ends, and a manager that is gone costs no cycle', async () => {
    const given = fakeContext({
      host: crowded(),
      onSleep: () => given.calls.length > 4 && given.stop.abort(),
    });
    const said: object[] = [];
    const notify = async (variables: object) => {
      said.push(variables);
      throw new Error('no socket');
    };
    const context = { ...given.context, manager: { notify, watchdogUs: undefined } };
    expect(await watch(readSettings({ interval: '5' }), context)).toBe(0);
    expect(said.at(-1)).toEqual({ STOPPING: 1, STATUS: 'ending' });
    expect(masksOf(given.host).toSorted()).toEqual(['0', '0', '1', '1']);
  });
});

describe('over a remote connection', () => {
  const remote = (command: string) =>
    command === 'uri' ? { stdout: 'qemu+ssh://kvm1/system\n\n' } : undefined;
  const note =
    'vcpusched: which pCPUs are isolated is not known over a remote connection; --cpus says which to use\n';

  test.each<[string, RawSettings, string]>([
    ['what is not known is said once', { cycles: '3' }, note],
    ['not to one who has said which pCPUs to use', { cycles: '3', cpus: '0-1' }, ''],
    ['nor to one who wants to hear nothing', { cycles: '3', quiet: true }, ''],
  ])('%s', async (_, raw, said) => {
    const { status, err } = await runWatch(raw, { host: even(), answer: remote });
    expect([status, err.replace(/^watching .+\n/m, '')]).toEqual([0, said]);
  });
});
