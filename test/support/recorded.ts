import { existsSync, readFileSync } from 'node:fs';
import type { Said } from './virsh-of.ts';

/** What a real virsh said, from fixtures/: `hosts/qemu-9.0.0/list`, `stderr/daemon-down`. */
export function recorded(name: string): Required<Said> {
  return { stdout: text(`${name}.stdout`) ?? '', stderr: text(`${name}.stderr`) ?? '' };
}

/** The arguments of a recorded batch, without the global options. */
export function recordedBatch(folder: string, name: string): string {
  const index = JSON.parse(text(`${folder}/index.json`) ?? '{}') as Record<string, { virsh: string[] }>;
  const batch = index[name]?.virsh.at(-1);
  if (batch === undefined) throw new Error(`no '${name}' is recorded in fixtures/${folder}`);
  return batch;
}

/** The mark that stands in the recorded batches. */
export const recordedMark = '5eed5eed';

function text(path: string): string | undefined {
  const url = new URL(`../../fixtures/${path}`, import.meta.url);
  if (!existsSync(url) && path.endsWith('.stdout')) throw new Error(`fixtures/${path} is not recorded`);
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined;
}
