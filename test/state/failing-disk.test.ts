import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VcpuschedError } from '../../src/errors.ts';
import { traced } from '../../src/session/trace.ts';
import { addToHistory } from '../../src/state/history-file.ts';
import { takeLock } from '../../src/state/lock.ts';
import { writePause } from '../../src/state/pause-file.ts';
import { openRecording } from '../../src/state/recording-file.ts';
import { type DiskErrorCode, decideDiskCalls, diskError } from '../support/disk-calls.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { fakeContext } from '../support/fake-context.ts';

/** Runs something while each call of these names fails; returns what was thrown. */
async function failing(
  folder: string,
  code: DiskErrorCode,
  names: readonly string[],
  run: () => Promise<unknown>,
): Promise<unknown> {
  const { result, leftOpen } = await decideDiskCalls(
    folder,
    ({ name, path }) => (names.includes(name) ? diskError(code, name, path) : undefined),
    () =>
      run().then(
        () => undefined,
        (error: unknown) => error,
      ),
  );
  expect(leftOpen).toEqual([]);
  return result;
}

const place = (stateDir: string) => ({ stateDir, uri: 'test:///default', boot: undefined, nowMs: 0 });
const run = { vcpusched: '0', startedMs: 0, connection: undefined, everyMs: 1000 };

test('a lock is released though its file cannot be closed', async () => {
  const folder = temporaryDirectory();
  const take = () => takeLock(join(folder, 'lock'), 'once', 'a host', async () => false);
  expect(await failing(folder, 'EIO', ['close'], async () => (await take()).release())).toBeUndefined();
  await (await take()).release();
});

test.each<[string, (stateDir: string) => Promise<unknown>, string]>([
  [
    'the history',
    (stateDir) => addToHistory(place(stateDir), [], [{ key: 'a' }]),
    'the history cannot be saved in ',
  ],
  [
    'a pause',
    (stateDir) => writePause(place(stateDir), { sinceMs: 0, untilMs: undefined }),
    'the pause cannot be saved in ',
  ],
])('%s whose folder cannot be used tells of itself, and not of pins', async (_, write, start) => {
  const folder = temporaryDirectory();
  const error = await failing(folder, 'EACCES', ['mkdir'], () => write(join(folder, 'state')));
  expect(error).toBeInstanceOf(VcpuschedError);
  expect(String((error as Error).message)).toMatch(new RegExp(`^${start}`));
  expect((error as VcpuschedError).message).not.toContain('nothing is pinned');
});

test('a recording that cannot be closed, or is no file to write to, is told in one line', async () => {
  const folder = temporaryDirectory();
  const path = join(folder, 'recording');
  const closed = await failing(folder, 'EIO', ['close'], async () =>
    (await openRecording(path, run)).close(),
  );
  const opened = await failing(folder, 'EIO', ['close', 'stat'], () => openRecording(path, run));
  for (const error of [closed, opened]) {
    expect(error).toBeInstanceOf(VcpuschedError);
    expect((error as Error).message).toContain(`${path}: cannot be written: EIO`);
  }
});

test('an empty recording that cannot be removed stays', async () => {
  const folder = temporaryDirectory();
  const path = join(folder, 'recording');
  expect(await failing(folder, 'EROFS', ['rm'], async () => (await openRecording(path, run)).close())).toBe(
    undefined,
  );
  expect(existsSync(path)).toBe(true);
});

test('a trace that can be neither written nor closed is told once', async () => {
  const folder = temporaryDirectory();
  const { context, output } = fakeContext();
  const options = { path: 'virsh', uri: undefined, readonly: true, timeoutMs: 1000 };
  const error = await failing(folder, 'EIO', ['write', 'writeFile', 'close'], async () => {
    const virsh = traced(context, join(folder, 'trace')).virsh(options);
    await virsh(['uri']);
    await virsh(['uri']);
  });
  expect(error).toBeUndefined();
  expect(output.err().match(/the trace ends here/g)).toHaveLength(1);
});
