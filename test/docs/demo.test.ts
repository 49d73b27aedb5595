import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { root } from './support/project.ts';

test('the demo shows a crowded host, balances it, and leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vcpusched-demo-'));
  const { stdout, stderr } = await execa('sh', [`${root}/share/demo.sh`], { env: { TMPDIR: folder } });

  expect(stdout.match(/^\$ .*/gm)).toEqual([
    '$ vcpusched status',
    '$ vcpusched once --verbose',
    '$ vcpusched status',
  ]);
  const [, before = '', , after = ''] = stdout.split(/^\$ .*/m);
  expect(loads(before)[0]).toBeGreaterThan(200);
  expect(loads(before).slice(1)).toEqual([0, 0, 0]);
  expect(stderr.trim().split('\n')).toHaveLength(6);
  expect(Math.max(...loads(after)) - Math.min(...loads(after))).toBeLessThan(10);

  expect(readdirSync(folder)).toEqual([]);
  rmdirSync(folder);
});

/** The loads of the pCPUs in the table that `status` prints. */
function loads(text: string): readonly number[] {
  return [...text.matchAll(/^ +\d+ [ #█-▏]+ (\d+) %/gm)].map(([, pct]) => Number(pct));
}
