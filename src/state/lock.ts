import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { stateFailure } from './failure.ts';
import { flock } from './flock.ts';
import { codeOf } from './folder.ts';
import { openFolder, openOwn } from './safe-open.ts';

/** A lock that is held until it is released, or until this process and all who inherited `fd` have ended. */
export type Lock = { readonly fd: number; readonly release: () => Promise<void> };

/**
 * Takes a lock, and writes down who has it. A vcpusched that is killed while it pins leaves a virsh behind, which
 * goes on pinning; it has inherited the lock, and is waited for: a plan, or the affinities to go back to, would be
 * wrong by the time it has ended.
 * @param command what this process was told to do
 * @param what the lock is for, in words
 * @param wait ends after a moment, with false when there has been enough of them
 * @param mustWrite false: a disk that takes nothing is no reason not to lock what is there
 * @throws {VcpuschedError} status 75 where another one has it
 */
export async function takeLock(
  path: string,
  command: string,
  what: string,
  wait: () => Promise<boolean>,
  mustWrite = true,
): Promise<Lock> {
  const file = await openOwn(path, 'lock')
    .catch((error) => {
      if (mustWrite || !cannotWrite.has(codeOf(error) ?? '')) throw error;
      return openUnwritten(path);
    })
    .catch((error) => {
      throw stateFailure(path, error);
    });
  try {
    while (!(await flock(file.fd))) {
      const holder = await holderIn(file);
      if (holder === undefined || isAlive(holder.pid))
        throw taken(`another vcpusched${named(holder)} balances ${what}: end that one first`);
      if (!(await wait()))
        throw taken(
          `a vcpusched${named(holder)} was killed, and its virsh still pins on ${what}: wait for that, or end it`,
        );
    }
    await writeHolder(file, `${process.pid} ${command}\n`);
  } catch (error) {
    await unlock(file);
    throw error;
  }
  return {
    fd: file.fd,
    release: async () => {
      await writeHolder(file, '');
      await unlock(file);
    },
  };
}

/**
 * Whatever it says, the descriptor is gone, and the lock with it.
 * @source close(2), Dealing with error returns from close()
 */
async function unlock(file: FileHandle): Promise<void> {
  await file.close().catch(() => undefined);
}

const cannotWrite = new Set(['EROFS', 'ENOSPC', 'EDQUOT', 'EACCES', 'EIO']);

/** The lock that is there or, where none can be made, the folder: whoever comes there finds the same. */
async function openUnwritten(path: string): Promise<FileHandle> {
  try {
    return await openOwn(path, 'lock-only');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return openFolder(dirname(path));
  }
}

/** Who says that he has a lock, and is alive; nothing is locked. */
export async function lockHolder(path: string): Promise<Holder | undefined> {
  const file = await openOwn(path, 'read').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const holder = await holderIn(file);
    return holder !== undefined && isAlive(holder.pid) ? holder : undefined;
  } finally {
    await file.close();
  }
}

export type Holder = { readonly pid: number; readonly command: string };

/** Undefined where the one who has it has not come to write it down yet. */
async function holderIn(file: FileHandle): Promise<Holder | undefined> {
  const none = { buffer: Buffer.alloc(0), bytesRead: 0 };
  const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0).catch(() => none);
  const [, pid, command = ''] = /^(\d+) ([a-z]+)\n/.exec(buffer.toString('utf8', 0, bytesRead)) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), command };
}

/** Who has it is told others as a courtesy: on a full disk it is not, and pinning fails for its own reasons. */
async function writeHolder(file: FileHandle, text: string): Promise<void> {
  await file.truncate(0).catch(() => undefined);
  await file.write(text, 0).catch(() => undefined);
}

/** Our own number is that of one who had it before, in a container say. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function named(holder: Holder | undefined): string {
  return holder === undefined ? '' : ` (pid ${holder.pid}, ${holder.command})`;
}

function taken(message: string): VcpuschedError {
  return new VcpuschedError(exitStatus.busy, message);
}
