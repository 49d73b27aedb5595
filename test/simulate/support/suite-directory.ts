import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A directory that goes with all the tests of a file. */
export function suiteDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'vcpusched-test-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
