import { expect, test } from 'vitest';
import { diskCommands, sweepDisk } from '../support/disk-sweep.ts';
import { temporaryDirectory } from '../support/executable.ts';

test.each(diskCommands)('$name holds whichever call of the file system fails', async (command) => {
  const broken: string[] = [];
  const met = new Map<string, number>();
  for await (const swept of sweepDisk(temporaryDirectory(), command)) {
    met.set(swept.way, (met.get(swept.way) ?? 0) + 1);
    broken.push(...swept.broken.map((what) => `${swept.way}, call ${swept.at}: ${what}`));
  }
  expect(broken).toEqual([]);
});
