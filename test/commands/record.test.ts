import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { record } from '../../src/commands/record.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { exitStatus } from '../../src/exit-status.ts';
import { type RecordedLine, readRecording } from '../../src/state/read-recording.ts';
import { VirshMissing } from '../../src/virsh/failures.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import { answerOf, guest, guestUuid, simHost } from '../support/sim-host.ts';

const busy = () => simHost(2, [guest(1, { demands: [80, 80] }), guest(2, { affinity: [1] })]);
const newPath = () => join(temporaryDirectory(), 'recording.ndjson');

async function runRecord(raw: RawSettings, options: FakeContextOptions = {}) {
  const given = fakeContext({ host: busy(), ...options });
  const file = newPath();
  const status = await record(readSettings({ file, for: '20s', ...raw }), given.context);
  return {
    ...given,
    status,
    out: given.output.out(),
    err: given.output.err(),
    lines: await read(file),
    file,
  };
}

async function read(file: string): Promise<readonly RecordedLine[]> {
  const lines: RecordedLine[] = [];
  if (existsSync(file)) for await (const line of readRecording(file)) lines.push(line);
  return lines;
}

describe('samples', () => {
  test('stand on a grid of --every, one virsh process each, until --for is over', async () => {
    const { calls, status, lines } = await runRecord({ every: '5s', for: '20' });
    expect(calls.map(({ atMs }) => atMs)).toEqual([1000, 6000, 11_000, 16_000, 21_000]);
    expect(lines.map(({ kind }) => kind)).toEqual(Array(5).fill('sample'));
    expect(status).toBe(0);
  });

  test('leave out the places on the grid that a slow one missed', async () => {
    const virshMs = (process: number) => (process === 1 ? 7000 : 30);
    const { calls } = await runRecord({}, { virshMs });
    expect(calls.map(({ atMs }) => atMs)).toEqual([1000, 6000, 16_000, 21_000]);
  });

  test('are read over a read-only connection, and nothing is pinned', async () => {
    const { virshOptions, calls } = await runRecord({ connect: 'test:///x' });
    expect(virshOptions).toMatchObject([{ readonly: true, uri: 'test:///x' }]);
    expect(calls.flatMap(({ commands }) => commands).join()).not.toContain('vcpupin');
  });

  test('hold what the host showed, with the wall clock of the moment', async () => {
    const { lines, host } = await runRecord({ for: '5s' });
    const { stdout } = answerOf(host)(`domstats ${guestUuid(2)}`);
    const [, timeNs = ''] = /vcpu\.0\.time=(\d+)/.exec(stdout) ?? [];
    expect(lines).toMatchObject([
      {
        wallMs: Date.UTC(2026, 0, 2, 3, 4, 5) + 1030,
        snapshot: { takenAtMs: 1030, online: [0, 1], domains: [{ vcpus: [{}, {}] }, { vcpus: [{}] }] },
      },
      {
        wallMs: Date.UTC(2026, 0, 2, 3, 4, 5) + 6030,
        snapshot: {
          takenAtMs: 6030,
          topology: [{ id: 0 }, { id: 1 }],
          domains: [
            { name: 'guest-1' },
            {
              name: 'guest-2',
              vcpus: [
                {
                  number: 0,
                  counters: {
                    cpuTimeNs: BigInt(timeNs),
                  },
                  placement: { affinity: [1], lastPcpu: 1 },
                },
              ],
            },
          ],
        },
      },
    ]);
  });
});

describe('what it says', () => {
  test('into a pipe, nothing', async () => {
    const { out, err } = await runRecord({});
    expect([out, err]).toEqual(['', '']);
  });

  test('with --verbose, a line a sample', async () => {
    const { out, file } = await runRecord({ verbose: true, for: '10s' });
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^1 sample in 0:00:00, \d+ bytes, 3 vCPUs$/),
      expect.stringMatching(/^2 samples in 0:00:05, \d\.\d KiB, 3 vCPUs$/),
      expect.stringMatching(/^3 samples in 0:00:10, \d\.\d KiB, 3 vCPUs$/),
      expect.stringMatching(`^recorded 3 samples in 0:00:10, .+: ${file}$`),
      '',
    ]);
  });

  test('at a terminal, one line that is written anew', async () => {
    const { out } = await runRecord({ for: '10s' }, { terminal: { isTty: true } });
    expect(out.split('\r')).toEqual([
      '',
      expect.stringMatching(/^1 sample in /),
      expect.stringMatching(/^2 samples in /),
      expect.stringMatching(/^3 samples in /),
      expect.stringMatching(/^recorded 3 samples in .+\n$/),
    ]);
  });

  test('with --quiet, nothing', async () => {
    const { out } = await runRecord({ quiet: true, verbose: true }, { terminal: { isTty: true } });
    expect(out).toBe('');
  });

  test('with --json, an object at the end', async () => {
    const { out, file } = await runRecord({ json: true, verbose: true }, { terminal: { isTty: true } });
    expect(JSON.parse(out)).toEqual({
      formatVersion: 1,
      command: 'record',
      time: '2026-01-02T03:04:26.030Z',
      connection: null,
      file,
      samples: 5,
      gaps: 0,
      vcpus: 3,
      elapsedMs: 20_030,
      bytes: expect.any(Number),
    });
  });
});

describe('a sample that fails', () => {
  const stuck = new VcpuschedError(exitStatus.unavailable, 'virsh did not answer\u001b');
  const failingAt = (error: Error, ...processes: readonly number[]): FakeContextOptions => ({
    answer: (_, process) => {
      if (processes.includes(process)) throw error;
      return undefined;
    },
  });

  test('is told, recorded as a gap, and the next one comes', async () => {
    const { status, err, lines, calls } = await runRecord({}, failingAt(stuck, 2, 3));
    expect(err).toBe('vcpusched: virsh did not answer\\u{1b}\n'.repeat(2));
    expect(lines.map(({ kind }) => kind)).toEqual(['sample', 'sample', 'gap', 'gap', 'sample']);
    expect(lines[2]).toMatchObject({ wallMs: Date.UTC(2026, 0, 2, 3, 4, 16) + 30, reason: stuck.message });
    expect([status, calls.length]).toEqual([0, 5]);
  });

  test('is told at a terminal on a line of its own', async () => {
    const { out } = await runRecord({ for: '5s' }, { ...failingAt(stuck, 1), terminal: { isTty: true } });
    expect(out).toMatch(
      /^\r1 sample in [^\r]+\r {20,}\r\r1 sample, 1 gap in 0:00:05, [^\r]+\rrecorded .+\n$/,
    );
  });

  test('at the start is no gap, since there is nothing yet', async () => {
    const { status, lines } = await runRecord({}, failingAt(stuck, 0));
    expect([status, lines.map(({ kind }) => kind)]).toEqual([0, Array(4).fill('sample')]);
  });

  test('each time leaves no file, and gives its status', async () => {
    const { status, file } = await runRecord({}, failingAt(stuck, 0, 1, 2, 3, 4));
    expect([status, existsSync(file)]).toEqual([69, false]);
  });

  test.each([
    ['no virsh at the start', new VirshMissing(exitStatus.unavailable, 'virsh not found'), 0],
    ['no permission at the start', new VcpuschedError(exitStatus.notPermitted, 'not permitted'), 0],
    ['a defect later', new TypeError('x is not a function'), 2],
  ])('%s ends the recording', async (_, error, process) => {
    await expect(runRecord({}, failingAt(error, process))).rejects.toBe(error);
  });

  test('no virsh later does not', async () => {
    const missing = new VirshMissing(exitStatus.unavailable, 'virsh not found');
    const { lines } = await runRecord({}, failingAt(missing, 1));
    expect(lines.map(({ kind }) => kind)).toEqual(['sample', 'gap', 'sample', 'sample', 'sample']);
  });
});

describe('a signal', () => {
  test('while it sleeps ends it with status 0', async () => {
    const given = fakeContext({
      host: busy(),
      onSleep: () => given.calls.length === 2 && given.stop.abort(),
    });
    const file = newPath();
    expect(await record(readSettings({ file }), given.context)).toBe(0);
    expect(await read(file)).toHaveLength(2);
  });

  test('while it samples, too, and that sample is no gap', async () => {
    const given = fakeContext({
      host: busy(),
      answer: (_, process) => void (process === 1 && given.stop.abort()),
    });
    const file = newPath();
    expect(await record(readSettings({ file }), given.context)).toBe(0);
    expect([await read(file), given.output.err()]).toMatchObject([[{ kind: 'sample' }], '']);
  });
});

test('a file that is no recording is refused before virsh is run', async () => {
  const { context, calls } = fakeContext({ host: busy() });
  const file = newPath();
  writeFileSync(file, 'shopping list\n');
  await expect(record(readSettings({ file }), context)).rejects.toMatchObject({ status: 65 });
  expect(calls).toEqual([]);
});

test('--max-size begins new files', async () => {
  const { file, lines } = await runRecord({ maxSize: '1k', every: '1s' });
  const older = await read(`${file}.1`);
  expect([lines.length > 0, older.length > 0, existsSync(`${file}.2`)]).toEqual([true, true, true]);
});

test('the samples of later runs come after those before', async () => {
  const file = newPath();
  for (const dayMs of [0, 86_400_000]) {
    const { context } = fakeContext({ host: busy() });
    const later = { ...context, date: () => new Date(context.date().getTime() + dayMs) };
    await record(readSettings({ file, for: '5s' }), later);
  }
  expect(
    (await read(file)).map((line) => (line.kind === 'sample' ? line.snapshot.takenAtMs : line.kind)),
  ).toEqual([1030, 6030, 'gap', 86_401_030, 86_406_030]);
});
