import { existsSync, readFileSync } from 'node:fs';
import type { Virsh } from '../../src/virsh/runner.ts';
import type { Said } from './virsh-of.ts';

/** What a real virsh said, from fixtures/: `hosts/qemu-9.0.0/list`, `stderr/daemon-down`. */
export function recorded(name: string): Required<Said> {
  return { stdout: text(`${name}.stdout`) ?? '', stderr: text(`${name}.stderr`) ?? '' };
}

/**
 * A virsh that knows one recorded batch, marks apart, and plays it back.
 * @param cut what becomes of the two streams on their way
 * @param place the folder of fixtures/
 */
export function replay(
  name: string,
  cut: (said: Required<Said>) => Required<Said> = (said) => said,
  place = 'hosts/qemu-9.0.0',
): Virsh {
  const index = recordedRuns(place);
  return async ([batch = '']) => {
    const mark = /;echo ([0-9a-f]{8})\.0;/.exec(batch)?.[1] ?? '';
    expectSame(batch.replaceAll(mark, recordedMark), index[name]?.virsh.at(-1));
    const { stdout, stderr } = recorded(`${place}/${name}`);
    const own = (said: string): string => said.replaceAll(recordedMark, mark);
    return { ...cut({ stdout: own(stdout), stderr: own(stderr) }), exitCode: 0, firstStderrAtMs: 5 };
  };
}

/** The runs that were recorded in a folder of fixtures/, by their names: the words after `virsh`. */
export function recordedRuns(place: string): Readonly<Record<string, { readonly virsh: readonly string[] }>> {
  return JSON.parse(text(`${place}/index.json`) ?? '{}');
}

/** The mark that stands in the recorded batches. */
const recordedMark = '5eed5eed';

function expectSame(batch: string, recordedOne: string | undefined): void {
  if (batch !== recordedOne) throw new Error(`not the recorded batch: ${batch}`);
}

function text(path: string): string | undefined {
  const url = new URL(`../../fixtures/${path}`, import.meta.url);
  if (!existsSync(url) && path.endsWith('.stdout')) throw new Error(`fixtures/${path} is not recorded`);
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined;
}
