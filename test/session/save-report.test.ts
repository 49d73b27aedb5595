import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkReport } from '../../src/session/save-report.ts';
import { temporaryDirectory } from '../support/executable.ts';

const folder = temporaryDirectory();
const old = join(folder, 'old.html');
writeFileSync(old, 'old');

test.each([old, join(folder, 'new.html')])('%s can be written, and is not touched yet', async (file) => {
  const was = existsSync(file);
  await checkReport('--report', file);
  expect(existsSync(file)).toBe(was);
});

test.each([
  [folder, 'EISDIR'],
  [join(folder, 'none', 'new.html'), 'ENOENT'],
  [join(old, 'new.html'), 'ENOTDIR'],
])('%s cannot', async (file, code) => {
  await expect(checkReport('--report', file)).rejects.toMatchObject({
    status: 1,
    message: expect.stringContaining(`--report: cannot write ${file}: ${code}`),
  });
});
