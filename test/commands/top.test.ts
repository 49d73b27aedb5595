import { describe, expect, test } from 'vitest';
import { top } from '../../src/commands/top.ts';
import { watch } from '../../src/commands/watch.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import type { ScreenUser } from '../../src/session/screen.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import { guest, simHost } from '../support/sim-host.ts';

const crowded = () =>
  simHost(2, [
    guest(1, { demands: [80, 80] }),
    guest(2, { demands: [40] }),
    guest(3, { demands: [10], affinity: [1] }),
  ]);

const outage = () => new VcpuschedError(exitStatus.notPermitted, 'no virsh');

async function runTop(raw: RawSettings, options: FakeContextOptions = {}) {
  const given = fakeContext({ host: crowded(), ...options });
  const status = await top(readSettings(raw), given.context);
  return { ...given, status, out: given.output.out(), err: given.output.err() };
}

/**
 * The same at a terminal of 80 × 24, where keys are pressed while a cycle is waited for: those of the first cycle, the
 * second, and so on.
 */
async function runLive(
  keys: readonly (readonly string[])[],
  raw: RawSettings = {},
  more: FakeContextOptions = {},
) {
  const drawn: (readonly string[])[] = [];
  let user: ScreenUser | undefined;
  let closed = 0;
  let cycle = 0;
  const openScreen = async (given: ScreenUser) => {
    user = given;
    return {
      size: () => ({ columns: 80, rows: 24 }),
      show: (rows: readonly string[]) => void drawn.push(rows),
      close: () => {
        closed++;
      },
    };
  };
  const onSleep = () => {
    for (const key of keys[cycle] ?? []) user?.onKey(key);
    cycle++;
  };
  const ran = await runTop(raw, { terminal: { isTty: true, openScreen }, onSleep, ...more }).catch(
    (error: unknown) => ({ error, status: undefined, out: '', err: '', calls: [] }),
  );
  return { ...ran, drawn: drawn.map((rows) => rows.join('\n')), closed: () => closed };
}

describe('without a terminal', () => {
  test('a line for each cycle, below their names', async () => {
    const { out, err, status, calls } = await runTop({ cycles: '2' });
    expect(out).toMatchInlineSnapshot(`
      "    time  pCPUs  domains  vCPUs    mean  busiest  >100 %   ready  plan  moved
      03:04:08      2        3      4   105 %    200 %       1    50 %     1      0
      03:04:10      2        3      4   105 %    200 %       1    50 %     1      0
      "
    `);
    expect([err, status]).toEqual(['', 0]);
    expect(calls.map(({ atMs }) => atMs)).toEqual([1000, 3000, 5000]);
  });

  test('--json: an object on each line, and the figures of status and plan', async () => {
    const { out } = await runTop({ cycles: '2', json: true });
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({
        command: 'top',
        pcpus: [{ loadPct: 200 }, { loadPct: 10 }],
        moves: [{ domain: { name: 'guest-1' }, from: '0', to: '1' }],
      });
  });

  test('--quiet prints nothing', async () => {
    expect(await runTop({ cycles: '2', quiet: true })).toMatchObject({ out: '', err: '', status: 0 });
  });

  test('it reads, over a read-only connection, and never pins', async () => {
    const { virshOptions, calls } = await runTop({ cycles: '3' });
    expect(virshOptions).toMatchObject([{ readonly: true }]);
    const words = calls.flatMap(({ commands }) => commands);
    expect(words.filter((command) => command.startsWith('vcpupin'))).toEqual([]);
  });

  test('a failure is told once, and the next cycle is tried', async () => {
    const answer = (_: string, process: number) => {
      if (process === 2 || process === 3) throw outage();
      return undefined;
    };
    const { out, err, status } = await runTop({ cycles: '4' }, { answer });
    expect(err.match(/no virsh/g)).toHaveLength(1);
    expect(out.trimEnd().split('\n')).toHaveLength(3);
    expect(status).toBe(0);
  });
});

test('what watch has pinned is shown, and is no pin by somebody else', async () => {
  const stateDir = temporaryDirectory();
  const host = crowded();
  const first = fakeContext({ host, stateDir });
  await watch(readSettings({ interval: '2', cycles: '2' }), first.context);
  const { out } = await runTop(
    { cycles: '1', verbose: true },
    { host, stateDir, startMs: first.context.nowMs() },
  );
  expect(out).toMatch(/ 0 {6}1\n$/);
});

describe('at a terminal', () => {
  test('it draws the figures of each cycle until q, and closes the screen', async () => {
    const { drawn, status, closed, out, err } = await runLive([[], [], ['q']]);
    expect(drawn[0]).toContain('Measuring');
    expect(drawn[2]).toContain('>guest-1');
    expect([status, closed(), out, err]).toEqual([0, 1, '', '']);
  });

  test('keys change what is drawn at once', async () => {
    const { drawn } = await runLive([[], ['down', 'tab', 's'], ['q']]);
    expect(drawn.some((rows) => rows.includes('>guest-2'))).toBe(true);
    expect(drawn.at(-1)).toContain('*demand');
    expect(drawn.at(-1)).toMatch(/Plan of [\d:]+: 1 move/);
  });

  test('a display that is paused stays, though cycles end', async () => {
    const { drawn, calls } = await runLive([[], ['p'], [], [], ['p'], ['q']]);
    const paused = drawn.filter((rows) => rows.includes('paused at'));
    expect(new Set(paused).size).toBe(1);
    expect(paused.length).toBeGreaterThan(2);
    expect(drawn.at(-1)).not.toContain('paused at');
    expect(calls.length).toBeGreaterThan(4);
  });

  test('--cycles ends it, too', async () => {
    expect((await runLive([], { cycles: '2' })).status).toBe(0);
  });

  test('a failure is shown, and told at the end', async () => {
    const answer = (_: string, process: number) => {
      if (process === 2) throw outage();
      return undefined;
    };
    const { drawn, err } = await runLive([[], [], [], ['q']], {}, { answer });
    expect(drawn.filter((rows) => rows.includes('no virsh'))).toHaveLength(1);
    expect(err).toMatch(/^vcpusched: .*no virsh.*\n$/);
  });

  test('what ends it closes the screen first', async () => {
    const answer = () => {
      throw outage();
    };
    const ran = await runLive([], {}, { answer });
    expect(ran).toMatchObject({ error: expect.any(VcpuschedError) });
    expect(ran.closed()).toBe(1);
  });
});
