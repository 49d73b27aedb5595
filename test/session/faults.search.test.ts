import { test } from 'vitest';
import { expectHeld } from '../support/expect-held.ts';
import { sweepFaults, sweptCommands } from '../support/fault-sweep.ts';

// Each waits for flock(1) again and again.
test.concurrent.each(sweptCommands)('$name holds whichever virsh command goes wrong', (command) =>
  expectHeld(sweepFaults, command, 12),
);
