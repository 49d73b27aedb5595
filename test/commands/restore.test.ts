import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { once } from '../../src/commands/once.ts';
import { plan } from '../../src/commands/plan.ts';
import { restore } from '../../src/commands/restore.ts';
import { watch } from '../../src/commands/watch.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import {
  changeDomain,
  changeVcpu,
  guest,
  guestUuid,
  guestVcpu,
  masksOf,
  pinByHand,
  simHost,
} from '../support/sim-host.ts';

const commands = { once, plan, restore, watch };

/** A host with four vCPUs on pCPU 0 of two, and what is kept of it from one run to the next. */
function setUp(options: FakeContextOptions = {}) {
  const host = simHost(
    2,
    [1, 2, 3, 4].map((i) => guest(i, { demands: [40] })),
  );
  const stateDir = temporaryDirectory();
  let startMs = 1000;
  const run = async (
    command: keyof typeof commands,
    raw: RawSettings = {},
    over: FakeContextOptions = {},
  ) => {
    const given = fakeContext({ host, stateDir, startMs, ...options, ...over });
    const status = await commands[command](readSettings(raw), given.context);
    startMs = given.context.nowMs() + 1;
    const pins = given.calls.flatMap(({ commands: all }) => all.filter((each) => each.startsWith('vcpupin')));
    return { status, out: given.output.out(), err: given.output.err(), pins, calls: given.calls };
  };
  const file = () => {
    const [folder = ''] = readdirSync(stateDir);
    return join(stateDir, folder, 'state.json');
  };
  return { host, run, file, affinities: () => masksOf(host) };
}

describe('restore', () => {
  test('puts back what once has pinned, in one process, and forgets it', async () => {
    const { run, affinities } = setUp();
    await run('once');
    expect(affinities().toSorted()).toEqual(['0', '0', '1', '1']);
    const { status, out, err, calls } = await run('restore');
    expect([status, out, err]).toEqual([0, 'restored 2 vCPUs\n', '']);
    expect(affinities()).toEqual(['0', '0', '0', '0']);
    expect(calls.map(({ commands: [first] }) => first?.split(' ')[0])).toEqual(['uri', 'list', 'domid']);
    expect(await run('restore')).toMatchObject({ status: 0, out: 'nothing to restore\n', err: '', pins: [] });
  });

  test('the first affinity is what is put back, however often it was pinned since', async () => {
    const { host, run, affinities } = setUp();
    for (let i = 0; i < 4; i++) {
      await run('once');
      for (const [place, { vcpus }] of host.domains.entries()) {
        changeVcpu(host, place, { demand: { kind: 'constant', pct: vcpus[0]?.pcpu === i % 2 ? 10 : 90 } });
      }
    }
    await run('restore');
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('--domain and --exclude choose; the others can be put back later', async () => {
    const { run, affinities } = setUp();
    await run('once', { cpus: '1' });
    expect(affinities()).toEqual(['1', '1', '1', '1']);
    await run('restore', { domain: ['*[123]'], exclude: ['*2'] });
    expect(affinities()).toEqual(['0', '1', '0', '1']);
    await run('restore');
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('what a file has come to exclude is put back all the same', async () => {
    const { run, host, affinities } = setUp();
    await run('once', { cpus: '1' });
    const source = { kind: 'file', file: '/c.toml', line: 3 } as const;
    const sources = { exclude: source };
    const settings = readSettings({ exclude: ['*'] }, { ...readSettings({}).configuration, sources });
    expect(host.domains).toHaveLength(4);
    const given = fakeContext({ host, stateDir: join(temporaryDirectory()) });
    expect(await restore(settings, given.context)).toBe(0);
    await run('restore');
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test.each<[RawSettings, string]>([
    [{ dryRun: true }, 'domain   vCPU  from  back to\nguest-1     0     1        0\n'],
    [
      { format: 'shell' },
      '#!/bin/sh\n# the affinities from before vcpusched pinned\nfailed=0\n\n# guest-1: vCPU 0 from 1 to 0\nvirsh vcpupin --domain ',
    ],
    [{ dryRun: true, json: true }, '{\n  "formatVersion": 1,\n  "command": "restore",'],
    [{ dryRun: true, quiet: true }, ''],
  ])('%j shows it, locks nothing and pins nothing', async (raw, start) => {
    const { run, affinities, file } = setUp();
    await run('once', { cpus: '1', domain: ['*1'] });
    const before = readFileSync(file());
    const { out, pins, status } = await run('restore', raw);
    expect(out.slice(0, start.length || undefined)).toBe(start);
    expect([status, pins, affinities()]).toEqual([0, [], ['1', '0', '0', '0']]);
    expect(readFileSync(file())).toEqual(before);
  });

  test('with nothing kept, each says so and makes nothing', async () => {
    const { run } = setUp();
    expect(await run('restore', { dryRun: true })).toMatchObject({ status: 0, out: 'Nothing to restore\n' });
    expect(await run('restore', { json: true })).toMatchObject({ status: 0, err: '', pins: [] });
  });

  test('--json tells each pin and what became of it', async () => {
    const { run } = setUp();
    await run('once', { cpus: '1', domain: ['*[12]'] });
    const answer = (command: string) =>
      command.includes('000000000001') && command.startsWith('vcpupin')
        ? { stderr: 'error: no\n' }
        : undefined;
    const { out, status } = await run('restore', { format: 'json' }, { answer });
    expect(JSON.parse(out)).toMatchObject({
      command: 'restore',
      pins: [
        { domain: { name: 'guest-1' }, vcpu: 0, from: '1', to: '0', done: false, error: 'no' },
        { domain: { name: 'guest-2' }, done: true, error: null },
      ],
      leftAlone: [],
    });
    expect(status).toBe(1);
  });

  test('a pin that fails is told and kept, with status 1; the next one puts it back', async () => {
    const { run, affinities } = setUp();
    await run('once', { cpus: '1', domain: ['*[12]'] });
    let left = 1;
    const answer = (command: string) =>
      command.startsWith('vcpupin') && left-- > 0 ? { stderr: 'error: migrating\n' } : undefined;
    expect(await run('restore', { verbose: true }, { answer })).toMatchObject({
      status: 1,
      out: 'restored 1 vCPU, 1 failed\n',
      err: 'vcpusched: not restored: guest-1 vCPU 0, pCPU 1 to 0: migrating\nguest-2 vCPU 0, pCPU 1 to 0: restored\n',
    });
    expect(await run('restore')).toMatchObject({ status: 0, out: 'restored 1 vCPU\n' });
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('a paused domain is put back too', async () => {
    const { host, run, affinities } = setUp();
    await run('once', { cpus: '1' });
    for (const place of host.domains.keys()) changeDomain(host, place, { state: 'paused' });
    await run('restore');
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('a pCPU to go back to is offline: told, kept, and done when it is back', async () => {
    const { host, run, affinities } = setUp();
    await run('once', { cpus: '1', domain: ['*1'] });
    host.online = [1];
    expect(await run('restore')).toMatchObject({
      status: 1,
      out: 'nothing to restore\n',
      err: 'vcpusched: not restored: guest-1 vCPU 0: pCPU 0 of its 0 is offline: restore it again when that is back\n',
    });
    host.online = [0, 1];
    expect((await run('restore')).status).toBe(0);
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('domains that have ended or were started anew are forgotten', async () => {
    const { host, run, affinities } = setUp();
    await run('once', { cpus: '1' });
    host.domains = host.domains.slice(1);
    changeDomain(host, 0, { id: 99 });
    pinByHand(host, 0, [0, 1]);
    expect(await run('restore')).toMatchObject({ out: 'restored 2 vCPUs\n' });
    expect(affinities()).toEqual(['0-1', '0', '0']);
  });

  test('an id that two domains have tells of no restart: both are kept, and put back by the next one', async () => {
    const { run, affinities } = setUp();
    await run('once', { cpus: '1' });
    const ids = new Map([[guestUuid(2), '1']]);
    const edit = (command: string) => {
      const id = command.startsWith('domid ') ? ids.get(command.slice('domid '.length)) : undefined;
      return id === undefined ? undefined : { stdout: `${id}\n\n` };
    };
    const { status, err } = await run('restore', {}, { edit });
    expect([status, affinities()]).toEqual([1, ['1', '1', '0', '0']]);
    expect(err).toMatch(/^(vcpusched: not restored: guest-[12] vCPU 0: libvirt did not report .+\n){2}$/);
    expect(await run('restore')).toMatchObject({ status: 0, out: 'restored 2 vCPUs\n' });
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('a domain that comes back with its pin under another id is put back; where its configuration has it, not', async () => {
    const { host, run, affinities } = setUp();
    await run('once', { cpus: '1' });
    const saved = host.domains;
    host.domains = [];
    expect(await run('restore')).toMatchObject({ status: 0, out: 'nothing to restore\n', err: '' });
    host.domains = saved.map((domain, i) => ({ ...domain, id: 90 + i, transient: i === 0 }));
    changeVcpu(host, 3, { configured: [1] });
    expect(await run('restore')).toMatchObject({ status: 0, out: 'restored 3 vCPUs\n' });
    expect(affinities()).toEqual(['0', '0', '0', '1']);
  });

  test('one that comes back while watch runs is put back, too, and what it had at first is known', async () => {
    const { host, run, affinities } = setUp();
    await run('once', { cpus: '1' });
    const saved = host.domains.slice(0, 1);
    host.domains = host.domains.slice(1);
    await run('watch', { cpus: '1', cycles: '2' });
    host.domains = [...saved.map((domain) => ({ ...domain, id: 90 })), ...host.domains];
    await run('watch', { cpus: '1', cycles: '2' });
    await run('restore');
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test.each<[string, NonNullable<FakeContextOptions['answer']>]>([
    ['lists nothing', (command) => (command.startsWith('list') ? { stdout: '\n' } : undefined)],
    [
      'does not tell ids',
      (command) => (command.startsWith('domid') ? { stderr: 'error: Cannot recv data\n' } : undefined),
    ],
  ])('a libvirt that %s makes nothing forgotten', async (_, answer) => {
    const { run, affinities } = setUp();
    await run('once', { cpus: '1' });
    await run('restore', {}, { answer });
    await run('once', {}, { answer });
    await run('restore');
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('watch --restore-on-exit does the same at its end, by a signal or by --cycles', async () => {
    const { run, affinities, host } = setUp();
    const raw = { interval: '5', restoreOnExit: true };
    const { status, err } = await run('watch', { ...raw, cycles: '2' });
    expect([status, err]).toEqual([
      0,
      expect.stringMatching(
        /^watching .+\ncycle 1: pinned 2 vCPUs: .+\n(cycle 1: guest.+\n){2}restored 2 vCPUs\n$/,
      ),
    ]);
    expect(affinities()).toEqual(['0', '0', '0', '0']);
    const given = fakeContext({
      host,
      stateDir: temporaryDirectory(),
      answer: (command) => void (command.startsWith('vcpupin') && given.stop.abort()),
    });
    expect(await watch(readSettings(raw), given.context)).toBe(0);
    expect(given.output.err()).toMatch(/restored 2 vCPUs\n$/);
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });
});

describe('pins by somebody else', () => {
  const foreign = 'somebody else has pinned it since vcpusched did: left so until it is started anew';

  test('are left alone, by plan, once, watch and restore, for as long as the domain runs', async () => {
    const { host, run, affinities } = setUp();
    await run('once', { cpus: '1' });
    pinByHand(host, 0, [0]);
    const planned = await run('plan', { json: true, cpus: '1' });
    expect(JSON.parse(planned.out)).toMatchObject({
      moves: [],
      leftAlone: [{ domain: { name: 'guest-1' }, vcpu: 0, reason: expect.stringContaining(foreign) }],
    });
    const first = await run('once', { cpus: '1' });
    expect([first.pins, first.err]).toEqual([
      [],
      expect.stringMatching(`^vcpusched: guest-1 vCPU 0: ${foreign}`),
    ]);
    expect(await run('watch', { cpus: '1', cycles: '3' }), 'it is told once').toMatchObject({
      pins: [],
      err: expect.stringMatching(/^watching .+\n$/),
    });
    pinByHand(host, 0, [1]);
    await run('once', { cpus: '0', domain: ['*1'] });
    expect(affinities()[0], 'what it was set to does not count').toBe('1');
    pinByHand(host, 0, [0, 1]);
    const restored = await run('restore');
    expect([restored.status, restored.out]).toEqual([0, 'restored 3 vCPUs\n']);
    expect(restored.err).toMatch(`vcpusched: left alone: guest-1 vCPU 0: ${foreign}`);
    expect(affinities()).toEqual(['0-1', '0', '0', '0']);

    changeDomain(host, 0, { id: 77 });
    await run('once', { cpus: '1' });
    expect(affinities(), 'after a restart it is like any other').toEqual(['1', '1', '1', '1']);
    await run('restore');
    expect(affinities()).toEqual(['0-1', '0', '0', '0']);
  });

  test('--foreign adopt takes them over, and the first affinity is still what is put back', async () => {
    const { host, run, affinities } = setUp();
    await run('once', { cpus: '1' });
    pinByHand(host, 0, [0, 1]);
    await run('once', { cpus: '1' });
    expect(affinities()[0]).toBe('0-1');
    const adopted = await run('once', { cpus: '1', foreign: 'adopt' });
    expect([affinities()[0], adopted.err]).toEqual(['1', '']);
    await run('restore');
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('restore --foreign adopt puts them back as well', async () => {
    const { host, run, affinities } = setUp();
    await run('once', { cpus: '1' });
    pinByHand(host, 0, [0, 1]);
    await run('restore', { foreign: 'adopt' });
    expect(affinities()).toEqual(['0', '0', '0', '0']);
  });

  test('what somebody has put back by hand is forgotten by restore', async () => {
    const { host, run } = setUp();
    await run('once', { cpus: '1' });
    for (const i of host.domains.keys()) pinByHand(host, i, [0]);
    expect(await run('restore')).toMatchObject({ status: 0, out: 'nothing to restore\n', err: '' });
    await run('once', { cpus: '1' });
    expect(masksOf(host)).toEqual(['1', '1', '1', '1']);
  });

  test('what a vCPU has when it is first seen is nobody else, nor is what it has after a restart', async () => {
    const { host, run, affinities } = setUp();
    host.domains = host.domains.slice(0, 1);
    await run('once', { cpus: '1' });
    changeDomain(host, 0, { id: 88, vcpus: [guestVcpu(0, 40, [0])] });
    await run('once', { cpus: '1' });
    expect(affinities()).toEqual(['1']);
  });

  test('a vCPU that is plugged in is like any other', async () => {
    const { host, run, affinities } = setUp();
    host.domains = host.domains.slice(0, 1);
    await run('once', { cpus: '1' });
    changeDomain(host, 0, { vcpus: [...(host.domains[0]?.vcpus ?? []), guestVcpu(3, 40, [0])] });
    await run('once', { cpus: '1' });
    expect(affinities()).toEqual(['1', '1']);
  });

  test('a pCPU that goes offline under a vCPU, and what the kernel makes of that, is nobody', async () => {
    const { host, run, affinities } = setUp();
    host.domains = host.domains.slice(0, 1);
    await run('once', { cpus: '1' });
    host.online = [0];
    pinByHand(host, 0, [0]);
    await run('once');
    host.online = [0, 1];
    pinByHand(host, 0, [0, 1]);
    await run('once', { cpus: '1' });
    expect(affinities()).toEqual(['1']);
    await run('restore');
    expect(affinities()).toEqual(['0']);
  });

  test('a pin that the host carried out in part, or of which nothing is known, is nobody', async () => {
    const { host, run, affinities } = setUp();
    host.domains = host.domains.slice(0, 1);
    const partly = (command: string) => {
      if (!command.startsWith('vcpupin')) return undefined;
      pinByHand(host, 0, [0, 1]);
      return { stderr: 'error: no\n' };
    };
    await run('once', { cpus: '1' }, { answer: partly });
    await run('once', { cpus: '1' });
    expect(affinities()).toEqual(['1']);
    await run('restore');
    expect(affinities()).toEqual(['0']);
  });
});

describe('nothing is pinned where nothing can be kept', () => {
  test.each([
    ['damaged', '{', 65],
    ['newer', '{"format":"vcpusched-state","formatVersion":2}', 65],
  ])('%s: once, watch and restore fail, plan and dry runs tell it and go on', async (_, text, status) => {
    const { run, file, affinities } = setUp();
    await run('once');
    const before = affinities();
    writeFileSync(file(), text);
    for (const command of ['once', 'watch', 'restore'] as const) {
      await expect(run(command, { cpus: '1' })).rejects.toMatchObject({ status });
    }
    const planned = await run('plan', { json: true });
    expect(planned.err).toMatch(/^vcpusched: earlier pins are not known: .+\n$/);
    expect(JSON.parse(planned.out)).toMatchObject({ command: 'plan' });
    expect((await run('once', { dryRun: true })).err).toMatch(/^vcpusched: earlier pins are not known: /);
    expect([affinities(), readFileSync(file(), 'utf8')]).toEqual([before, text]);
  });
});

describe('once --since-last', () => {
  const raw = { sinceLast: true, window: '2' };

  test('waits a window the first time, and not the next', async () => {
    const { run } = setUp();
    const sleeps: number[] = [];
    const onSleep = (untilMs: number) => void sleeps.push(untilMs);
    const first = await run('once', raw, { onSleep });
    const later = 300_000;
    const next = await run('once', { ...raw, json: true }, { startMs: later });
    expect(first.calls.map(({ atMs }) => atMs)).toEqual([1000, 3030, 3060]);
    expect(next.calls.map(({ atMs }) => atMs)).toEqual([later, later + 30]);
    expect(JSON.parse(next.out)).toMatchObject({ windowMs: later + 60 - 3060 });
  });

  test.each<[string, FakeContextOptions]>([
    ['too old', { startMs: 2_000_000 }],
    ['younger than a window', { startMs: 4000 }],
    ['of another boot', { startMs: 300_000, bootId: () => 'another' }],
  ])('a sample that is %s is of no use', async (_, over) => {
    const { run } = setUp();
    await run('once', raw);
    const { calls } = await run('once', raw, over);
    expect((calls[1]?.atMs ?? 0) - (calls[0]?.atMs ?? 0)).toBe(2030);
  });

  test('a domain that was started anew in between is new', async () => {
    const { run, host } = setUp();
    await run('once', raw);
    changeDomain(host, 0, { id: 66 });
    const { out } = await run('once', { ...raw, json: true }, { startMs: 300_000 });
    expect(JSON.parse(out)).toMatchObject({
      vcpus: [{ reading: 'new' }, { reading: 'measured' }, { reading: 'measured' }, { reading: 'measured' }],
    });
  });

  test('without it no sample is kept', async () => {
    const { run, file } = setUp();
    await run('once');
    expect(readFileSync(file(), 'utf8')).not.toContain('sample');
    await run('once', raw);
    expect(readFileSync(file(), 'utf8')).toContain('sample');
  });
});

test('moves of the last hour are remembered from run to run', async () => {
  const { run, host } = setUp();
  await run('once', { maxRate: '1' });
  for (const [place, mask] of masksOf(host).entries()) {
    changeVcpu(host, place, { demand: { kind: 'constant', pct: mask === '1' ? 90 : 5 } });
  }
  const { out } = await run('plan', { maxRate: '1', json: true });
  expect(JSON.parse(out).leftAlone.map(({ reason }: { reason: string }) => reason)).toEqual(
    Array(2).fill('it has moved as often within an hour as --max-rate 1 allows'),
  );
});
