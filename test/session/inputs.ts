import { join } from 'node:path';
import { readSettings } from '../../src/config/settings.ts';
import { VcpuschedError } from '../../src/errors.ts';
import { readInput } from '../../src/session/read-input.ts';
import { advance } from '../../src/simulate/advance.ts';
import type { Input } from '../../src/simulate/input/input.ts';
import { snapshotOf } from '../../src/simulate/snapshot-of.ts';
import { openRecording } from '../../src/state/recording-file.ts';
import { run } from '../simulate/recording/any-samples.ts';
import { hostOf } from '../simulate/support/host-of.ts';
import { temporaryDirectory } from '../support/executable.ts';

type Read = { readonly input: Input | undefined; readonly said: readonly string[]; readonly status: number };

/** What comes of reading a file, and all that is said, with FILE for its name. */
export async function read(file: string): Promise<Read> {
  const said: string[] = [];
  const say = (message: string) => said.push(message.replace(file, 'FILE'));
  try {
    return { input: await readInput(file, readSettings({}), say), said, status: 0 };
  } catch (error) {
    if (!(error instanceof VcpuschedError)) throw error;
    say(error.message);
    return { input: undefined, said, status: error.status };
  }
}

/** Records 15 s of a host with two domains; returns the file. */
export async function recordedDay(name: string): Promise<string> {
  const path = join(temporaryDirectory(), name);
  const host = hostOf('pcpus = 2\n[[domains]]\nname = "g%d"\ncount = 2\naffinity = 0\ndemand = [30, 80]\n');
  const file = await openRecording(path, run);
  for (let i = 0; i < 4; i++) {
    const snapshot = snapshotOf(advance(host, i * 5));
    await file.addSample({ wallMs: run.startedMs + i * 5000, snapshot });
  }
  await file.close();
  return path;
}
