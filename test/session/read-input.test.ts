import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { read, recordedDay } from './inputs.ts';

describe.each(['day.ndjson', 'day.ndjson.gz'])('%s', (name) => {
  test('a recording is a host with what its vCPUs wanted, and their pins', async () => {
    const path = await recordedDay(name);
    const { input, said } = await read(path);
    expect(said).toEqual([]);
    expect(input).toMatchObject({ name: path, seconds: 15, host: { online: [0, 1] } });
    expect(input?.host.domains.map(({ vcpus }) => vcpus[0]?.pinned)).toEqual([[0], [0]]);
  });
});

test.each([
  ['empty', '', 'FILE:1: no recording: the file is empty'],
  ['other', 'name,cpu\nweb,3\n', 'FILE:1: no recording: there is no header'],
  ['binary', Buffer.from([0, 1, 2, 255]), 'FILE:1: no recording: there is no header'],
])('%s: one line and status 65', async (name, text, message) => {
  const file = join(temporaryDirectory(), name);
  writeFileSync(file, text);
  expect(await read(file)).toEqual({ input: undefined, said: [message], status: 65 });
});
