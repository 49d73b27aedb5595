import { test } from 'vitest';
import { expectHeld } from '../support/expect-held.ts';
import { pairs, sweepInstances } from '../support/instance-sweep.ts';

test.each(pairs)('$name holds wherever they meet', (pair) => expectHeld(sweepInstances, pair, 12));
