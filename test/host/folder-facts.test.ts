import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderFacts } from '../../src/host/folder-facts.ts';
import { temporaryDirectory } from '../support/executable.ts';

const uid = process.geteuid?.();

test('a folder', async () => {
  const path = temporaryDirectory();
  chmodSync(path, 0o750);
  const facts = await folderFacts(path);
  expect(facts).toMatchObject({ path, found: path, isFolder: true, isWritable: true, uid, mode: 0o750 });
  expect(facts?.freeBytes).toBeGreaterThan(0);
});

test('one that is not there: the nearest above', async () => {
  const found = temporaryDirectory();
  expect(await folderFacts(join(found, 'a/b'))).toMatchObject({ path: join(found, 'a/b'), found });
});

test('a file', async () => {
  const path = join(temporaryDirectory(), 'file');
  writeFileSync(path, '');
  expect(await folderFacts(path)).toMatchObject({ found: path, isFolder: false });
});

test('below a file', async () => {
  const path = join(temporaryDirectory(), 'file');
  writeFileSync(path, '');
  expect(await folderFacts(join(path, 'state'))).toMatchObject({ found: path, isFolder: false });
});
