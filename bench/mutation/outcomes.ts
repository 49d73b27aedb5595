import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What became of a mutant. `survived`: each test that meets it passed. `loaded`: only what runs as a module is loaded
 * meets it, which is not tried.
 */
export type Outcome = 'killed' | 'timeout' | 'survived' | 'loaded';

/** The file that has the number of the mutant that is tried now. */
export const current = 'current.txt';

const file = 'outcomes.txt';

/** @param folder the copy of the project */
export function addOutcome(folder: string, mutant: string, outcome: Outcome): void {
  appendFileSync(join(folder, file), `${mutant} ${outcome}\n`);
}

/** The last outcome of each mutant, by its number; of one that nothing meets there is none. */
export function readOutcomes(folder: string): Map<string, Outcome> {
  const path = join(folder, file);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  return new Map(lines.map((line) => line.split(' ') as [string, Outcome]));
}
