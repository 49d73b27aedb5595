// How many faults vcpusched is tried with, as docs/reliability.md has them.
//
//   node bench/run.js faults [--write] [virsh|disk|signals|instances|clocks ...]
//
//   --write          puts the tables into docs/reliability.md
//
// Ends with 1 where something did not hold.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clockCommands, clockWays, sweepClocks } from '../test/support/clock-sweep.ts';
import { diskCommands, sweepDisk } from '../test/support/disk-sweep.ts';
import { sweepFaults, sweptCommands } from '../test/support/fault-sweep.ts';
import type { Swept } from '../test/support/fault-trial.ts';
import { diskWays } from '../test/support/faulty-disk.ts';
import { ways } from '../test/support/faulty-virsh.ts';
import { instanceWays, pairs, sweepInstances } from '../test/support/instance-sweep.ts';
import { signalledCommands, signalWays, sweepSignals } from '../test/support/signal-sweep.ts';
import { markdown, printTables, verdict } from './support/document.ts';

const folder = mkdtempSync(join(tmpdir(), 'vcpusched-faults-'));
try {
  const tables = {
    virsh: () => table(sweptCommands, ways, sweepFaults),
    disk: () => table(diskCommands, diskWays, sweepDisk),
    signals: () => table(signalledCommands, signalWays, sweepSignals),
    instances: () => table(pairs, instanceWays, sweepInstances),
    clocks: () => table(clockCommands, clockWays, sweepClocks),
  };
  await printTables('docs/reliability.md', tables, process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true });
}

type Named = { readonly name: string };

/** A row for each way, and a column for each command. */
async function table<C extends Named>(
  commands: readonly C[],
  rows: readonly Named[],
  sweep: (folder: string, command: C) => AsyncGenerator<Swept>,
): Promise<readonly string[]> {
  const counts = new Map<string, number>();
  let broken = 0;
  for (const command of commands) {
    for await (const swept of sweep(mkdtempSync(join(folder, 'd')), command)) {
      for (const key of [
        `${swept.way}|${command.name}`,
        `all|${command.name}`,
        `${swept.way}|all`,
        'all|all',
      ])
        counts.set(key, (counts.get(key) ?? 0) + 1);
      if (swept.broken.length === 0) continue;
      broken++;
      process.stderr.write(`${command.name}, ${swept.way}, ${swept.at}: ${swept.broken.join('; ')}\n`);
    }
  }
  if (broken > 0) process.exitCode = 1;
  const columns = [...commands.map(({ name }) => name), 'all'];
  const lines = [...rows.map(({ name }) => name), 'all'].map((way) => [
    way,
    ...columns.map((command) => counts.get(`${way}|${command}`) ?? 0),
  ]);
  return [
    markdown(['', ...columns], lines),
    verdict('after each fault all of the above holds', broken === 0),
  ];
}
