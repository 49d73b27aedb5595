import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runningProcesses } from '../../src/host/processes.ts';
import { temporaryDirectory } from '../support/executable.ts';

test('processes by name, of a /proc with other things in it', async () => {
  const proc = temporaryDirectory();
  const put = (name: string, comm?: string) => {
    mkdirSync(join(proc, name));
    if (comm !== undefined) writeFileSync(join(proc, name, 'comm'), comm);
  };
  put('1', 'systemd\n');
  put('77', 'numad\n');
  put('78', 'name with space\n');
  put('99');
  put('self', 'vcpusched\n');
  const found = await runningProcesses(proc);
  expect([found.get('systemd'), found.get('numad'), found.get('name with space')]).toEqual([1, 77, 78]);
  expect(found.has('vcpusched')).toBe(false);
});

test('no /proc', async () => {
  expect((await runningProcesses('/nonexistent')).size).toBe(0);
});

test('this process is in the real one', async () => {
  const name = readFileSync('/proc/self/comm', 'utf8').trim();
  expect([...(await runningProcesses()).keys()]).toContain(name);
});
