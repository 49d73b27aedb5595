import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { stateFailure } from './failure.ts';
import { codeOf } from './folder.ts';
import { type ParsedState, parseState, StateProblem } from './parse-state.ts';
import { replaceFile } from './replace-file.ts';
import { openOwn } from './safe-open.ts';
import type { SavedState } from './saved-state.ts';
import { formatState } from './state-format.ts';

const fileIn = (folder: string) => join(folder, 'state.json');

/** More than the state of 100,000 vCPUs takes. */
const mostBytes = 1 << 26;

/** A state that was read, and the file that it is from; `faults` are what of it is damaged. */
export type StateFile = ParsedState & { readonly file: string };

/**
 * Reads the state that is kept in a folder.
 * @returns undefined where there is none
 * @throws {VcpuschedError} status 65 where nothing of it can be used or it is of a newer format; it is left as it is
 */
export async function readStateFile(folder: string): Promise<StateFile | undefined> {
  const file = fileIn(folder);
  try {
    return { ...parseState(await textOf(file)), file };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (!(error instanceof StateProblem)) throw stateFailure(file, error);
    const advice = error.newer ? 'a newer vcpusched has written it: run that one' : adviceOnDamage;
    throw damaged(file, `${error.message}: ${advice}`);
  }
}

async function textOf(file: string): Promise<string> {
  const handle = await openOwn(file, 'read');
  try {
    const { size } = await handle.stat();
    if (size > mostBytes) throw new StateProblem(`it has ${size} bytes, more than ${mostBytes}`, false);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** @throws {VcpuschedError} status 65 that names each entry that is damaged, where there is one */
export function expectWhole({ file, faults }: StateFile): void {
  if (faults.length === 0) return;
  throw damaged(
    file,
    `${faultsText(faults)}: 'vcpusched restore' restores the intact entries; or ${adviceOnDamage}`,
  );
}

/** What is damaged in a state file, in one line. */
export function faultsText(faults: readonly string[]): string {
  const more = faults.length > 3 ? `; and ${faults.length - 3} more` : '';
  return `${faults.slice(0, 3).join('; ')}${more}`;
}

const adviceOnDamage = 'replace it by a copy; or move it away, and the vCPUs keep their pins';

function damaged(file: string, why: string): VcpuschedError {
  return new VcpuschedError(exitStatus.data, `${file} cannot be used: ${why}; until then nothing is pinned`);
}

/**
 * Puts a state in place of the one that is there, durably.
 * @throws {VcpuschedError} where it cannot be written; the old state is as it was
 */
export async function writeStateFile(folder: string, state: SavedState): Promise<void> {
  await replaceFile(fileIn(folder), formatState(state)).catch((error) => {
    throw stateFailure(folder, error);
  });
}

/** Keeps a file with damaged entries beside the one that will take its place; the first one, where there are several. */
export async function keepDamaged(folder: string): Promise<void> {
  await link(fileIn(folder), join(folder, 'state.damaged.json')).catch(() => undefined);
}
