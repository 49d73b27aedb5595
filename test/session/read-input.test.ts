import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { readInput } from '../../src/session/read-input.ts';
import { advance } from '../../src/simulate/advance.ts';
import type { Input } from '../../src/simulate/input/input.ts';
import { snapshotOf } from '../../src/simulate/snapshot-of.ts';
import { openRecording } from '../../src/state/recording-file.ts';
import { run } from '../simulate/recording/any-samples.ts';
import { hostOf } from '../simulate/support/host-of.ts';
import { suiteDirectory } from '../simulate/support/suite-directory.ts';

const directory = suiteDirectory();

type Read = { readonly input: Input | undefined; readonly said: readonly string[]; readonly status: number };

/** What comes of reading a file, and all that is said, with FILE for its name. */
async function read(file: string): Promise<Read> {
  const said: string[] = [];
  const say = (message: string) => said.push(message.replace(file, 'FILE'));
  try {
    return { input: await readInput(file, readSettings({}), say), said, status: 0 };
  } catch (error) {
    if (!(error instanceof VcpuschedError)) throw error;
    say(error.message);
    return { input: undefined, said, status: error.status };
  }
}

describe.each(['day.ndjson', 'day.ndjson.gz'])('%s', (name) => {
  const path = join(directory, name);
  const host = hostOf('pcpus = 2\n[[domains]]\nname = "g%d"\ncount = 2\naffinity = 0\ndemand = [30, 80]\n');

  beforeAll(async () => {
    const file = await openRecording(path, run);
    for (const [i] of Array.from({ length: 4 }).entries()) {
      const snapshot = snapshotOf(advance(host, i * 5));
      await file.addSample({ wallMs: run.startedMs + i * 5000, snapshot });
    }
    await file.close();
  });

  test('a recording is a host with what its vCPUs wanted, and their pins', async () => {
    const { input, said } = await read(path);
    expect(said).toEqual([]);
    expect(input).toMatchObject({ name: path, seconds: 15, host: { online: [0, 1] } });
    expect(input?.host.domains.map(({ vcpus }) => vcpus[0]?.pinned)).toEqual([[0], [0]]);
  });

  test('cut at any byte: what is whole is used, and one line tells that the end is torn', async () => {
    const bytes = readFileSync(path);
    const seconds = new Set<number | undefined>();
    for (let length = 0; length < bytes.length; length++) {
      const cut = join(directory, `cut-${name}`);
      writeFileSync(cut, bytes.subarray(0, length));
      const { input, said, status } = await read(cut);
      seconds.add(input?.seconds);
      expect(said.length).toBeLessThanOrEqual(1);
      for (const line of said) expect(line).toMatch(/^FILE:\d+: [^\n]+$/);
      expect(status).toBe(input === undefined ? 65 : 0);
    }
    expect([...seconds]).toEqual([undefined, 5, 10, 15].slice(0, seconds.size));
    expect(seconds.size).toBeGreaterThanOrEqual(3);
  });
});

test.each([
  ['empty', '', 'FILE:1: no recording: the file is empty'],
  ['other', 'name,cpu\nweb,3\n', 'FILE:1: no recording: there is no header'],
  ['binary', Buffer.from([0, 1, 2, 255]), 'FILE:1: no recording: there is no header'],
])('%s: one line and status 65', async (name, text, message) => {
  const file = join(directory, name);
  writeFileSync(file, text);
  expect(await read(file)).toEqual({ input: undefined, said: [message], status: 65 });
});
