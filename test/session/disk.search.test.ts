import { test } from 'vitest';
import { diskCommands, sweepDisk } from '../support/disk-sweep.ts';
import { expectHeld } from '../support/expect-held.ts';

test.each(diskCommands)('$name holds whichever call of the file system fails', (command) =>
  expectHeld(sweepDisk, command, 24),
);
