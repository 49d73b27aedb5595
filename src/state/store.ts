import { join } from 'node:path';
import { isRemote } from '../model/is-remote.ts';
import { connectionFolder } from './connection.ts';
import { makeFolder } from './folder.ts';
import { type Holder, lockHolder, takeLock } from './lock.ts';
import { noState, type SavedState } from './saved-state.ts';
import { readState, writeState } from './state-file.ts';

/** The state of one connection, in the hands of the one vcpusched that may pin there. */
export type Store = {
  readonly state: () => SavedState;
  /**
   * Returns when it is on the disk.
   * @throws {VcpuschedError} where it cannot be written; what is on the disk is as it was
   */
  readonly save: (state: SavedState) => Promise<void>;
  /** to be inherited by what goes on pinning even where this process is killed */
  readonly lockFd: number;
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
};

/**
 * Takes the lock of a connection, then reads what is kept of it.
 * @param command what this process was told to do, for others to read
 * @param wait ends after a moment, with false when there has been enough of them
 * @throws {VcpuschedError} status 75 where another one pins there; 65, 77 or 1 where nothing can be kept
 */
export async function openStore(place: Place, command: string, wait: () => Promise<boolean>): Promise<Store> {
  const folder = folderOf(place);
  await makeFolder(folder);
  const lock = await takeLock(lockIn(folder), command, place.uri, wait);
  let state: SavedState;
  try {
    state = await peekAt(place);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return {
    state: () => state,
    save: async (next) => {
      await writeState(folder, next);
      state = next;
    },
    lockFd: lock.fd,
    close: lock.release,
  };
}

/** Who pins there now, as far as he has written it down. */
export function holderOf(place: Place): Promise<Holder | undefined> {
  return lockHolder(lockIn(folderOf(place)));
}

function folderOf({ stateDir, uri }: Place): string {
  return join(stateDir, connectionFolder(uri));
}

/**
 * What is kept, for one who only looks: nothing is locked or made. When the host has started anew, so have all its
 * domains; a remote one does not tell.
 * @throws {VcpuschedError} where it cannot be read
 */
export async function peekAt(place: Place): Promise<SavedState> {
  const boot = isRemote(place.uri) ? undefined : place.boot;
  const saved = (await readState(folderOf(place))) ?? noState;
  return saved.boot === boot ? saved : { ...noState, boot, moves: saved.moves };
}

function lockIn(folder: string): string {
  return join(folder, 'lock');
}
