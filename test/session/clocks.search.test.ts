import { test } from 'vitest';
import { clockCommands, sweepClocks } from '../support/clock-sweep.ts';
import { expectHeld } from '../support/expect-held.ts';

// Each waits for flock(1) again and again.
test.concurrent.each(clockCommands)('$name holds whenever the clocks jump', (command) =>
  expectHeld(sweepClocks, command, 40),
);
