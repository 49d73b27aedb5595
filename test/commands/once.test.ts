import { describe, expect, test } from 'vitest';
import { once } from '../../src/commands/once.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import type { Context } from '../../src/session/context.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import { guest, masksOf, simHost } from '../support/sim-host.ts';

const refused = 'error: operation forbidden: read only access prevents virDomainPinVcpuFlags\n';
const crowded = () =>
  simHost(
    2,
    [1, 2, 3, 4].map((i) => guest(i, { name: `g\u009b${i}`, demands: [40] })),
  );
const even = () =>
  simHost(
    2,
    [0, 1].map((pcpu) => guest(pcpu, { demands: [40], affinity: [pcpu] })),
  );

async function runOnce(raw: RawSettings, options: FakeContextOptions) {
  const given = fakeContext(options);
  const status = await once(readSettings(raw), given.context);
  const affinities = masksOf(given.host);
  return { ...given, status, out: given.output.out(), err: given.output.err(), affinities };
}

test('a host whose only pCPU is too full is told to cron, one that is just full is not', async () => {
  const lone = (demand: number) =>
    simHost(
      1,
      [1, 2].map((i) => guest(i, { demands: [demand] })),
    );
  const { out, status } = await runOnce({}, { host: lone(60) });
  expect([out, status]).toEqual([expect.stringMatching(/^nothing moved: overloaded: 120 %, band .+\n$/), 0]);
  expect((await runOnce({}, { host: lone(45) })).out).toBe('');
});

describe('an uneven host', () => {
  test('two samples, the window apart, and one set of pins; then it is even', async () => {
    const { calls, affinities, status, virshOptions } = await runOnce(
      { connect: 'qemu:///system', virsh: './virsh', timeout: '7', window: '3' },
      { host: crowded() },
    );
    expect(calls.map(({ atMs }) => atMs)).toEqual([1000, 4030, 4060]);
    expect(calls[2]?.commands.filter((command) => command.startsWith('vcpupin'))).toHaveLength(2);
    expect(affinities.toSorted()).toEqual(['0', '0', '1', '1']);
    expect(status).toBe(0);
    const options = { path: './virsh', uri: 'qemu:///system', readonly: false, timeoutMs: 7000 };
    expect(virshOptions).toEqual([options, { ...options, inheritedFd: expect.any(Number) }]);
  });

  test('one line on stdout, nothing on stderr', async () => {
    const { out, err } = await runOnce({}, { host: crowded() });
    expect(out).toMatch(/^pinned 2 vCPUs: .+\n$/);
    expect(err).toBe('');
  });

  test('--verbose tells each move', async () => {
    const { err } = await runOnce({ verbose: true }, { host: crowded() });
    expect(err.split('\n')).toHaveLength(3);
    expect(err).toMatch(/^g\\u\{9b\}\d vCPU 0, pCPU 0 to 1: move: .+\n/);
  });

  test('--quiet says nothing', async () => {
    const { out, err, affinities } = await runOnce({ quiet: true }, { host: crowded() });
    expect([out, err, affinities.toSorted()]).toEqual(['', '', ['0', '0', '1', '1']]);
  });

  test('--json', async () => {
    const { out } = await runOnce({ json: true, connect: 'test:///x' }, { host: crowded() });
    const envelope = JSON.parse(out) as Record<string, unknown>;
    expect(envelope).toMatchObject({
      formatVersion: 1,
      command: 'once',
      time: '2026-01-02T03:04:08.090Z',
      connection: 'test:///x',
      windowMs: 2030,
      delayAvailable: true,
      moves: Array(2).fill(expect.objectContaining({ from: '0', to: '1', done: true, error: null })),
      loads: [
        { pcpu: 0, vcpusBefore: 4, vcpusAfter: 2 },
        { pcpu: 1, vcpusBefore: 0, vcpusAfter: 2 },
      ],
    });
  });

  test.each([[{}], [{ json: true }], [{ format: 'shell' }]])(
    '--dry-run with %j shows a plan, over a read-only connection, and pins nothing',
    async (raw) => {
      const { calls, affinities, out, virshOptions } = await runOnce(
        { ...raw, dryRun: true },
        { host: crowded() },
      );
      expect(calls).toHaveLength(2);
      expect(affinities).toEqual(['0', '0', '0', '0']);
      expect(virshOptions).toMatchObject([{ readonly: true }]);
      expect(out).not.toBe('');
    },
  );
});

describe('an even host', () => {
  test.each<[string, RawSettings, FakeContextOptions, string]>([
    ['from cron, silence', {}, {}, ''],
    ['at a terminal, a line', {}, { terminal: { isTty: true } }, 'nothing moved: '],
    ['with --verbose, a line', { verbose: true }, {}, 'nothing moved: '],
    ['with --quiet, silence', { quiet: true }, { terminal: { isTty: true } }, ''],
    ['with --json, an envelope', { json: true }, {}, '{\n  "formatVersion": 1,'],
  ])('%s', async (_, raw, options, start) => {
    const { out, err, status, calls } = await runOnce(raw, { ...options, host: even() });
    expect(out.slice(0, start.length || undefined)).toBe(start);
    expect([err, status, calls.length]).toEqual(['', 0, 2]);
  });
});

describe('an uneven host on which nothing moves', () => {
  const host = (...demands: readonly [number, number, number]) =>
    simHost(
      2,
      demands.map((demand, i) => guest(i, { demands: [demand], affinity: [i === 2 ? 1 : 0] })),
    );

  test('where somebody starves cron is told why', async () => {
    const { out, status } = await runOnce({}, { host: host(80, 60, 100) });
    expect(out).toMatch(/^nothing moved: .*100-140 %.+\n$/);
    expect(status).toBe(0);
    expect((await runOnce({ quiet: true }, { host: host(80, 60, 100) })).out).toBe('');
  });

  test('where nobody does it is left in peace', async () => {
    const { out, status } = await runOnce({}, { host: host(50, 40, 70) });
    expect([out, status]).toEqual(['', 0]);
  });
});

describe('pins that fail', () => {
  const failing = (count: number, stderr: string): FakeContextOptions => {
    let left = count;
    const answer = (command: string) =>
      command.startsWith('vcpupin') && left-- > 0 ? { stderr } : undefined;
    return { host: crowded(), answer };
  };

  test('one of them: another goes in its place, the summary counts, the status is 1', async () => {
    const { status, out, err, affinities } = await runOnce(
      {},
      failing(1, 'error: domain is migrating\u001b\n'),
    );
    expect(status).toBe(1);
    expect(affinities.toSorted()).toEqual(['0', '0', '1', '1']);
    expect(out).toMatch(/^pinned 2 vCPUs, 1 failed: .+\n$/);
    expect(err).toMatch(
      /^vcpusched: not pinned: g\\u\{9b\}\d vCPU 0, pCPU 0 to 1: domain is migrating\\u\{1b\}\n$/,
    );
  });

  test('all of them refused: the status is 77', async () => {
    expect((await runOnce({ quiet: true }, failing(9, refused))).status).toBe(77);
  });

  test('one of them refused: the status is 1', async () => {
    expect((await runOnce({}, failing(1, refused))).status).toBe(1);
  });

  test('--quiet still tells what failed, and --json too', async () => {
    const { out, err } = await runOnce({ quiet: true, json: true }, failing(9, 'error: no\n'));
    expect(err.split('\n')).toHaveLength(3);
    expect(JSON.parse(out)).toMatchObject({ moves: Array(2).fill({ done: false, error: 'no' }) });
  });
});

test('--cpus that names an offline pCPU', async () => {
  await expect(runOnce({ cpus: '0,5-7' }, { host: crowded() })).rejects.toMatchObject({
    status: 64,
    message: '--cpus: pCPU 5-7 is not online; online are 0-1',
  });
});

test('--cpus, --exclude and --domain bound what is touched', async () => {
  const host = crowded();
  await runOnce({ exclude: ['*1'], domain: ['*[123]'] }, { host });
  const placed = masksOf(host);
  expect(placed).toEqual(['0', '1', '1', '0']);
  const { affinities } = await runOnce({ cpus: '1' }, { host: crowded() });
  expect(affinities).toEqual(['1', '1', '1', '1']);
});

describe('an interrupt', () => {
  test('in the window: nothing is pinned', async () => {
    const given = fakeContext({ host: crowded(), onSleep: () => given.stop.abort() });
    await expect(once(readSettings({}), given.context)).rejects.toMatchObject({ name: 'AbortError' });
    expect(given.calls.flatMap(({ commands }) => commands)).not.toContainEqual(
      expect.stringMatching(/^vcpupin/),
    );
  });

  test('after the second sample: nothing is pinned', async () => {
    const given = fakeContext({ host: crowded() });
    const context: Context = {
      ...given.context,
      virsh: (options) => async (args, signal) => {
        const said = await given.context.virsh(options)(args, signal);
        if (given.calls.length === 2) given.stop.abort();
        return said;
      },
    };
    await expect(once(readSettings({}), context)).rejects.toMatchObject({ name: 'AbortError' });
    expect(given.calls).toHaveLength(2);
  });

  test('while pinning: the set is finished and told', async () => {
    const given = fakeContext({
      host: crowded(),
      answer: (command) => void (command.startsWith('vcpupin') && given.stop.abort()),
    });
    expect(await once(readSettings({}), given.context)).toBe(0);
    expect(given.output.out()).toMatch(/^pinned 2 vCPUs: /);
  });
});
