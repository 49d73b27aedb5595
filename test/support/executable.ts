import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Goes when the tests of a file, which may run side by side, are over. */
const root = mkdtempSync(join(tmpdir(), 'vcpusched-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));

export function temporaryDirectory(): string {
  return mkdtempSync(join(root, 'd'));
}

/** Writes an executable shell script called `virsh` into a directory of its own and returns its path. */
export function executable(...lines: readonly string[]): string {
  const path = join(temporaryDirectory(), 'virsh');
  writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
  return path;
}
