import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** the folder of all that tests write */
    readonly temporaryRoot: string;
  }
}

/** Called by vitest before the tests of a project; the folder goes when they are over. */
export function setup({ provide }: TestProject): () => void {
  const root = mkdtempSync(join(tmpdir(), 'vcpusched-test-'));
  provide('temporaryRoot', root);
  return () => rmSync(root, { recursive: true, force: true, maxRetries: 3 });
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(inject('temporaryRoot'), 'd'));
}

/** Writes an executable shell script called `virsh` into a directory of its own and returns its path. */
export function executable(...lines: readonly string[]): string {
  const path = join(temporaryDirectory(), 'virsh');
  writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
  return path;
}
