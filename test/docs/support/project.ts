import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A document of the project, by its path in it. */
export function read(path: string): string {
  return readFileSync(`${root}/${path}`, 'utf8');
}
