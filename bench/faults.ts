// How many faults of virsh vcpusched is tried with, as docs/reliability.md has them.
//
//   node bench/run.js faults [--write]
//
//   --write          puts the table into docs/reliability.md
//
// Ends with 1 where something did not hold.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepFaults, sweptCommands } from '../test/support/fault-sweep.ts';
import { ways } from '../test/support/faulty-virsh.ts';
import { markdown, printTables, verdict } from './support/document.ts';

const folder = mkdtempSync(join(tmpdir(), 'vcpusched-faults-'));
try {
  await printTables('docs/reliability.md', { faults }, process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true });
}

async function faults(): Promise<readonly string[]> {
  const counts = new Map<string, number>();
  let broken = 0;
  for (const command of sweptCommands) {
    for await (const swept of sweepFaults(mkdtempSync(join(folder, 'd')), command)) {
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
  const columns = [...sweptCommands.map(({ name }) => name), 'all'];
  const rows = [...ways.map(({ name }) => name), 'all'].map((way) => [
    way,
    ...columns.map((command) => counts.get(`${way}|${command}`) ?? 0),
  ]);
  return [markdown(['', ...columns], rows), verdict('after each fault all of the above holds', broken === 0)];
}
