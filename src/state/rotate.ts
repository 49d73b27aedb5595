import { rename, stat } from 'node:fs/promises';

/**
 * Makes room for a new file: FILE becomes FILE.1, FILE.1 becomes FILE.2, and so on up to the first free name. Cut
 * short, it leaves a free name in the middle, which the next rotation fills.
 */
export async function rotate(path: string): Promise<void> {
  let free = 1;
  while (await exists(`${path}.${free}`)) free++;
  for (let to = free; to > 1; to--) await rename(`${path}.${to - 1}`, `${path}.${to}`);
  await rename(path, `${path}.1`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
