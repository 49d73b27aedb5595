import { writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { readInput } from '../../src/session/read-input.ts';
import { scopeOf } from '../../src/session/scope.ts';
import { reference } from '../../src/simulate/score/reference.ts';
import type { Prepared } from './prepared.ts';

// A program of its own: its bundle tells whether a prepared input is still good.
//   node prepare-trial.mjs 'SETTINGS AS JSON' CYCLES INPUT OUTPUT [INPUT OUTPUT ...]
const [settings = '{}', most = '', ...files] = process.argv.slice(2);
for (let i = 0; i < files.length; i += 2) {
  const [input = '', output = ''] = files.slice(i, i + 2);
  writeFileSync(output, serialize(await prepare(input, JSON.parse(settings), Number(most))));
}

/** @param mostCycles the input is cut off after so many */
async function prepare(file: string, raw: RawSettings, mostCycles: number): Promise<Prepared> {
  const settings = readSettings(raw);
  const input = await readInput(file, settings, () => undefined);
  const count = Math.min(mostCycles, Math.max(1, Math.floor(input.seconds / settings.interval)));
  const cycles = { intervalMs: settings.interval * 1000, count };
  return { input, cycles, reference: await reference(input.host, cycles, scopeOf(settings)) };
}
