import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { metricsFile } from '../../src/metrics/metrics-file.ts';
import { temporaryDirectory } from '../support/executable.ts';

const make = () => {
  const folder = temporaryDirectory();
  return { folder, path: join(folder, 'v.prom') };
};

test('is replaced, and readable by all', async () => {
  const { folder, path } = make();
  const file = metricsFile(path);
  const before = process.umask(0o077);
  try {
    await file.write('one\n');
    const { ino } = statSync(path);
    await file.write('two\n');
    expect(statSync(path).ino).not.toBe(ino);
  } finally {
    process.umask(before);
  }
  expect(readFileSync(path, 'utf8')).toBe('two\n');
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder)).toEqual(['v.prom']);
});

test('takes the place of a link, and leaves what that leads to', async () => {
  const { folder, path } = make();
  writeFileSync(join(folder, 'other'), 'mine');
  symlinkSync(join(folder, 'other'), path);
  await metricsFile(path).write('one\n');
  expect(readFileSync(join(folder, 'other'), 'utf8')).toBe('mine');
});

test('is as it was after the check', async () => {
  const { folder, path } = make();
  await metricsFile(path).check();
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(path, 'old');
  await metricsFile(path).check();
  expect(readFileSync(path, 'utf8')).toBe('old');
});

test('whose folder is missing, or that is a folder, leaves nothing behind', async () => {
  const { folder, path } = make();
  mkdirSync(path);
  for (const file of [metricsFile(path), metricsFile(join(folder, 'none', 'v.prom'))]) {
    await expect(file.check()).rejects.toThrow();
    await expect(file.write('x')).rejects.toThrow();
  }
  expect(readdirSync(folder)).toEqual(['v.prom']);
  chmodSync(folder, 0o755);
});
