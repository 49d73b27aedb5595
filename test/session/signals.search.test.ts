import { test } from 'vitest';
import { expectHeld } from '../support/expect-held.ts';
import { signalledCommands, sweepSignals } from '../support/signal-sweep.ts';

test.each(signalledCommands)('$name holds whenever a signal comes', (command) =>
  expectHeld(sweepSignals, command, 12),
);
