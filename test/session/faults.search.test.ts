import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { sweepFaults, sweptCommands } from '../support/fault-sweep.ts';
import { ways } from '../support/faulty-virsh.ts';

test.each(sweptCommands)('$name holds whichever virsh command goes wrong', async (command) => {
  const broken: string[] = [];
  const met = new Set<string>();
  for await (const swept of sweepFaults(temporaryDirectory(), command)) {
    met.add(swept.way);
    broken.push(...swept.broken.map((what) => `${swept.way}, command ${swept.at}: ${what}`));
  }
  expect(broken).toEqual([]);
  const fitting = ways.filter(({ name }) => command.name !== 'record' || !name.startsWith('a pin: '));
  expect([...met].toSorted()).toEqual(fitting.map(({ name }) => name).toSorted());
});
