import { join } from 'node:path';
import { isRemote } from '../model/is-remote.ts';
import { connectionFolder } from './connection.ts';
import { stateFailure } from './failure.ts';
import { codeOf, makeFolder } from './folder.ts';
import { type Holder, lockHolder, takeLock } from './lock.ts';
import { notBefore } from './reconcile.ts';
import { noState, type SavedState } from './saved-state.ts';
import { expectWhole, faultsText, keepDamaged, readStateFile, writeStateFile } from './state-file.ts';

/** The state of one connection, in the hands of the one vcpusched that may pin there. */
export type Store = {
  readonly state: () => SavedState;
  /** what of the state is damaged, in one line with the file; undefined where all of it is whole */
  readonly damage: string | undefined;
  /**
   * Returns when it is on the disk.
   * @throws {VcpuschedError} where it cannot be written; what is on the disk is as it was, and so is `state`
   */
  readonly save: (state: SavedState) => Promise<void>;
  /** to be inherited by what goes on pinning even where this process is killed; undefined where there is no lock */
  readonly lockFd: number | undefined;
  readonly close: () => Promise<void>;
};

/** Whose state it is. */
export type Place = {
  /** the folder with a folder for each connection */
  readonly stateDir: string;
  /** as libvirt names it */
  readonly uri: string;
  /** what tells this boot of this machine from all others */
  readonly boot: string | undefined;
  /** wall clock, milliseconds since the epoch */
  readonly nowMs: number;
};

/**
 * Takes the lock of a connection, then reads what is kept of it.
 * @param command what this process was told to do, for others to read
 * @param wait ends after a moment, with false when there has been enough of them
 * @param purpose `restore` goes on with what is whole of a damaged state, and on a disk that takes nothing
 * @throws {VcpuschedError} status 75 where another one pins there; 65, 77 or 1 where nothing can be kept
 */
export async function openStore(
  place: Place,
  command: string,
  wait: () => Promise<boolean>,
  purpose: 'pin' | 'restore' = 'pin',
): Promise<Store> {
  const folder = folderOf(place);
  const mustWrite = purpose === 'pin';
  const hasFolder = await makeFolder(folder).then(
    () => true,
    (error) => {
      if (!mustWrite && cannotWrite.has(codeOf(error) ?? '')) return false;
      throw stateFailure(folder, error);
    },
  );
  const lock = hasFolder ? await takeLock(lockIn(folder), command, place.uri, wait, mustWrite) : undefined;
  try {
    const { state, damage } = await readState(place, purpose);
    let now = state;
    return {
      state: () => now,
      damage,
      save: async (next) => {
        if (damage !== undefined) await keepDamaged(folder);
        await writeStateFile(folder, next);
        now = next;
      },
      lockFd: lock?.fd,
      close: async () => lock?.release(),
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

/** What a disk says on which there is no folder for this connection, and can be none: nothing is kept there. */
const cannotWrite = new Set(['EROFS', 'ENOSPC', 'EDQUOT']);

/** Who pins there now, as far as he has written it down. */
export function holderOf(place: Place): Promise<Holder | undefined> {
  return lockHolder(lockIn(folderOf(place)));
}

/** The folder of a connection. */
export function folderOf({ stateDir, uri }: Pick<Place, 'stateDir' | 'uri'>): string {
  return join(stateDir, connectionFolder(uri));
}

/**
 * What is kept, for one who only looks: nothing is locked or made. When the host has started anew, so have all its
 * domains, but for those that were saved; a remote host does not tell.
 * @param purpose `restore` gets what is whole of a damaged state
 * @throws {VcpuschedError} where it cannot be read
 */
export async function readState(
  place: Place,
  purpose: 'pin' | 'restore' = 'pin',
): Promise<{ readonly state: SavedState; readonly damage: string | undefined }> {
  const boot = isRemote(place.uri) ? undefined : place.boot;
  const found = await readStateFile(folderOf(place));
  if (found !== undefined && purpose === 'pin') expectWhole(found);
  const damage = found && found.faults.length > 0 ? `${found.file}: ${faultsText(found.faults)}` : undefined;
  const saved = found?.state ?? noState;
  if (saved.boot === boot) return { state: saved, damage };
  const overAtMs = notBefore(saved, place.nowMs);
  const vcpus = saved.vcpus.map((vcpu) => ({ ...vcpu, goneAtMs: vcpu.goneAtMs ?? overAtMs }));
  return { state: { boot, vcpus, moves: saved.moves }, damage };
}

function lockIn(folder: string): string {
  return join(folder, 'lock');
}
