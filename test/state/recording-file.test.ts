import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readRecording } from '../../src/state/read-recording.ts';
import { openRecording } from '../../src/state/recording-file.ts';
import { run } from '../simulate/recording/any-samples.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { names, read, sampleAt, samplesAt, wallMs, write } from './recordings.ts';

describe.each(names)('%s', (name) => {
  test('is added to by a later run', async () => {
    const path = join(temporaryDirectory(), name);
    await write(path, samplesAt(0, 2));
    await write(path, samplesAt(4, 6), undefined, { ...run, startedMs: run.startedMs + 20_000 });
    expect(wallMs(await read(path))).toEqual([0, 1, 'gap', 4, 5]);
  });

  test('tells the line of each', async () => {
    const path = join(temporaryDirectory(), name);
    const file = await openRecording(path, run);
    await file.addSample(sampleAt(0));
    await file.addGap(run.startedMs + 1, 'virsh hangs');
    await file.addSample(sampleAt(2));
    await file.close();
    expect(await read(path)).toMatchObject([
      { line: 2, kind: 'sample' },
      { line: 3, kind: 'gap', reason: 'virsh hangs' },
      { line: 4, kind: 'sample' },
    ]);
  });

  test('is whole on disk after every sample', async () => {
    const path = join(temporaryDirectory(), name);
    const file = await openRecording(path, run);
    for (let i = 0; i < 5; i++) {
      await file.addSample(sampleAt(i));
      expect(wallMs(await read(path))).toEqual(samplesAt(0, i + 1).map((_, at) => at));
    }
    expect(file.writtenBytes()).toBe(statSync(path).size);
    await file.close();
  });

  test('with a size, begins a new file before it would pass it, and each can be read by itself', async () => {
    const path = join(temporaryDirectory(), name);
    const maxBytes = 1000;
    await write(path, samplesAt(0, 30), maxBytes);
    const paths = [path];
    while (existsSync(`${path}.${paths.length}`)) paths.unshift(`${path}.${paths.length}`);
    expect(paths.length).toBeGreaterThan(2);
    expect(Math.max(...paths.map((each) => statSync(each).size))).toBeLessThanOrEqual(maxBytes);
    const each = await Promise.all(paths.map(read));
    expect(wallMs(each.flat())).toEqual(samplesAt(0, 30).map((_, i) => i));

    const joined = join(temporaryDirectory(), name);
    writeFileSync(joined, Buffer.concat(paths.map((part) => readFileSync(part))));
    expect(wallMs(await read(joined))).toEqual(samplesAt(0, 30).map((_, i) => i));
  });

  test('with a size that one sample passes, holds that one', async () => {
    const path = join(temporaryDirectory(), name);
    await write(path, samplesAt(0, 3), 1);
    expect(wallMs(await read(path))).toEqual([2]);
    expect(wallMs(await read(`${path}.2`))).toEqual([0]);
  });

  test.each([
    ['text', 'name,cpu\nweb,3\n'],
    ['one byte', 'x'],
    ['JSON of another kind', '{"format":"other"}\n'],
    ['gzipped text', gzipSync('name,cpu\n')],
    ['zeros', Buffer.alloc(100)],
  ])('%s under its name is left as it is', async (_, content) => {
    const path = join(temporaryDirectory(), name);
    writeFileSync(path, content);
    await expect(openRecording(path, run)).rejects.toMatchObject({
      status: 65,
      message: expect.stringMatching(`^${path}: is there and is no recording.*; name another file$`),
    });
    expect(readFileSync(path)).toEqual(Buffer.from(content));
  });

  test('an empty file under its name is taken', async () => {
    const path = join(temporaryDirectory(), name);
    writeFileSync(path, '');
    await write(path, [sampleAt(0)]);
    expect(wallMs(await read(path))).toEqual([0]);
  });

  test('somebody else writing to it ends the recording, and takes nothing of it away', async () => {
    const path = join(temporaryDirectory(), name);
    const file = await openRecording(path, run);
    await file.addSample(sampleAt(0));
    const other = await openRecording(path, run);
    await other.addSample(sampleAt(1));
    const size = statSync(path).size;
    await expect(file.addSample(sampleAt(2))).rejects.toMatchObject({
      status: 1,
      message: `${path}: another program has written to it; record to another file`,
    });
    expect(statSync(path).size).toBe(size);
    await file.close();
    await other.close();
  });
});

test('any gunzip reads a gzipped one', async () => {
  const [path = '', zippedPath = ''] = names.map((name) => join(temporaryDirectory(), name));
  await write(path, samplesAt(0, 5));
  await write(zippedPath, samplesAt(0, 5));
  expect(gunzipSync(readFileSync(zippedPath)).toString()).toBe(readFileSync(path, 'utf8'));
});

test('one that was gzipped by other means reads, and is not added to', async () => {
  const path = join(temporaryDirectory(), 'recording.ndjson');
  await write(path, samplesAt(0, 5));
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  expect(wallMs(await read(`${path}.gz`))).toEqual([0, 1, 2, 3, 4]);
  await expect(openRecording(`${path}.gz`, run)).rejects.toMatchObject({ status: 65 });
});

test('a gap before the first sample is not written: there is nothing to have a gap in', async () => {
  const path = join(temporaryDirectory(), 'recording.ndjson');
  const file = await openRecording(path, run);
  await file.addGap(run.startedMs, 'libvirt is not up yet');
  await file.addSample(sampleAt(0));
  await file.close();
  expect(wallMs(await read(path))).toEqual([0]);
});

describe('what cannot be opened', () => {
  test.each([
    ['no such directory', 'none/recording', 'ENOENT'],
    ['a directory', '.', 'EISDIR'],
  ])('%s', async (_, name, code) => {
    const path = join(temporaryDirectory(), name);
    const message = expect.stringMatching(`^${path}: cannot be written: ${code}: `);
    await expect(openRecording(path, run)).rejects.toMatchObject({ status: 1, message });
  });

  test('a device', async () => {
    await expect(openRecording('/dev/null', run)).rejects.toMatchObject({ status: 65 });
  });
});

test('rotating fills a name that is free in the middle', async () => {
  const path = join(temporaryDirectory(), 'recording.ndjson');
  for (const number of [1, 2, 4]) writeFileSync(`${path}.${number}`, `${number}`);
  await write(path, samplesAt(0, 2), 1);
  const old = [2, 3, 4].map((number) => readFileSync(`${path}.${number}`, 'utf8'));
  expect([wallMs(await read(path)), wallMs(await read(`${path}.1`)), old]).toEqual([
    [1],
    [0],
    ['1', '2', '4'],
  ]);
});

describe('reading what is no recording', () => {
  async function reading(name: string, content: string | Buffer): Promise<unknown> {
    const path = join(temporaryDirectory(), name);
    writeFileSync(path, content);
    const failure = await read(path).catch((error: Error) => error);
    return failure instanceof Error ? failure.message.replace(path, 'FILE') : failure;
  }

  test.each([
    ['nothing', '', 'FILE:1: no recording: the file is empty'],
    ['text', 'name,cpu\nweb,3\n', 'FILE:1: no recording: there is no header'],
    ['text without an end', 'x', 'FILE:1: no recording: there is no header'],
    ['gzipped nothing', gzipSync(''), 'FILE:1: no recording: the file is empty'],
    ['half a gzip head', gzipSync('').subarray(0, 4), 'FILE:1: no recording: there is no header'],
    ['broken gzip', Buffer.from([0x1f, 0x8b, 1, 2, 3]), 'FILE:1: cannot be read: unknown compression method'],
  ])('%s', async (_, content, message) => {
    expect(await reading('recording', content)).toBe(message);
  });

  test('a line that is none, among others', async () => {
    const path = join(temporaryDirectory(), 'recording');
    await write(path, samplesAt(0, 3));
    appendFileSync(path, 'oops\n');
    await expect(read(path)).rejects.toMatchObject({ status: 65, message: `${path}:5: not JSON` });
  });

  test('no such file', async () => {
    await expect(read('/no/such/file')).rejects.toMatchObject({
      status: 65,
      message: expect.stringMatching('^/no/such/file:1: cannot be read: ENOENT'),
    });
  });

  test('gzip that is broken in the middle', async () => {
    const path = join(temporaryDirectory(), 'recording.gz');
    await write(path, samplesAt(0, 3));
    const bytes = readFileSync(path);
    const at = bytes.length - 12;
    bytes[at] = (bytes[at] ?? 0) ^ 255;
    writeFileSync(path, bytes);
    await expect(read(path)).rejects.toMatchObject({
      status: 65,
      message: expect.stringMatching(`^${path}:\\d: `),
    });
  });
});

test('a reader that stops early leaves nothing open', async () => {
  const path = join(temporaryDirectory(), 'recording.gz');
  await write(path, samplesAt(0, 300));
  for await (const { kind } of readRecording(path)) {
    expect(kind).toBe('sample');
    break;
  }
  truncateSync(path, 0);
});
