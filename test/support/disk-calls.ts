import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** A call of the file system: of node:fs, of node:fs/promises, or of an open file. */
export type DiskCall = {
  /** as Node names it, without `Sync` */
  readonly name: string;
  /** of the file or folder, also where the call is of an open file */
  readonly path: string;
  /** whether what it opens or writes was not there */
  readonly makes: boolean;
  /** whether it opens a file to write to it */
  readonly opensToWrite: boolean;
};

/**
 * What becomes of a call: undefined lets it be, an error is thrown, and `half` writes half of what it is to write. The
 * program can also be killed, before the call or with half of it done.
 */
export type DiskVerdict = Error | 'half' | 'killed' | 'killed at half' | undefined;

export type DiskRun<T> = {
  /** undefined where the program was killed */
  readonly result: T | undefined;
  /** paths of the files that were not closed again */
  readonly leftOpen: readonly string[];
};

/**
 * Runs a program and decides over each of its calls of the file system below a folder; all others go through. Those that
 * return a promise wait for the verdict. A program that is killed is left where it is: no call of it ends any more, and
 * its files are closed, as the kernel does.
 * @param program gets what its other calls are to ask, whether it was killed, and a function that kills it
 */
export async function decideDiskCalls<T>(
  folder: string,
  verdictOn: (call: DiskCall) => DiskVerdict | Promise<DiskVerdict>,
  program: (life: Life) => Promise<T>,
): Promise<DiskRun<T>> {
  let kill: () => void = () => undefined;
  const killed = new Promise<void>((resolve) => {
    kill = resolve;
  });
  let isKilled = false;
  const die = (): Promise<never> => {
    isKilled = true;
    kill();
    return new Promise(() => undefined);
  };
  const handles = new Map<fs.promises.FileHandle, string>();
  const descriptors = new Map<number, string>();
  const isOurs = (path: unknown): path is string =>
    typeof path === 'string' && (path === folder || path.startsWith(`${folder}/`));
  const call = (name: string, path: string, flags: unknown = 0): DiskCall => ({
    name,
    path,
    makes: creates(name, flags) && !there(path),
    opensToWrite: name === 'writeFile' || (name === 'open' && opensToWrite(flags)),
  });

  /** A function of node:fs/promises. */
  function later(name: string): void {
    patch(fs.promises, name, (real) => async (...args) => {
      const [path, flags] = args;
      if (!isOurs(path)) return real(...args);
      if (isKilled) return die();
      const verdict = await verdictOn(call(name, path, flags));
      if (verdict === 'killed') return die();
      if (verdict === 'half' || verdict === 'killed at half') {
        await real(path, half(args[1]), ...args.slice(2));
        if (verdict !== 'half') return die();
        throw diskError('ENOSPC', name, path);
      }
      if (verdict !== undefined) throw verdict;
      const result = await real(...args);
      if (name === 'open') watchHandle(result as fs.promises.FileHandle, path);
      return result;
    });
  }

  function watchHandle(handle: fs.promises.FileHandle, path: string): void {
    handles.set(handle, path);
    descriptors.set(handle.fd, path);
    for (const name of ofHandles)
      patch(handle, name, (real) => async (...args) => {
        if (isKilled) return die();
        const verdict = await verdictOn(call(name, path));
        if (verdict === 'killed') return die();
        if (name === 'close') {
          handles.delete(handle);
          descriptors.delete(handle.fd);
          await real(...args);
        }
        if (verdict === 'half') return writeHalf(name, path, real, args);
        if (verdict === 'killed at half') {
          await writeHalf(name, path, real, args).catch(() => undefined);
          return die();
        }
        if (verdict !== undefined) throw verdict;
        return name === 'close' ? undefined : real(...args);
      });
  }

  /** A function of node:fs that returns at once; its first argument is a path or a descriptor. */
  function atOnce(name: string): void {
    patch(fs, `${name}Sync`, (real) => (...args) => {
      const [target, flags] = args;
      const path = typeof target === 'number' ? descriptors.get(target) : target;
      if (!isOurs(path)) return real(...args);
      const verdict = isKilled ? 'killed' : verdictOn(call(name, path, flags));
      if (verdict instanceof Promise) throw new Error(`${name}Sync cannot wait`);
      if (verdict === 'killed at half') real(target, half(args[1]), ...args.slice(2));
      if (verdict === 'killed' || verdict === 'killed at half') {
        // It cannot be left where it is: its next call that may wait is the end of it.
        isKilled = true;
        throw new Error('killed');
      }
      if (name === 'close') {
        descriptors.delete(Number(target));
        real(...args);
      }
      if (verdict === 'half') {
        const taken = real(target, half(args[1]), ...args.slice(2));
        if (name === 'write') return taken;
        throw diskError('ENOSPC', 'write', path);
      }
      if (verdict !== undefined) throw verdict;
      if (name === 'close') return undefined;
      const result = real(...args);
      if (name === 'open') descriptors.set(Number(result), path);
      return result;
    });
  }

  const patched: (() => void)[] = [];
  function patch(of: object, name: string, make: (real: AnyCall) => AnyCall): void {
    const whole = of as Record<string, AnyCall>;
    const real = whole[name];
    if (real === undefined) throw new Error(`there is no ${name}`);
    whole[name] = make(real.bind(of));
    patched.push(() => {
      whole[name] = real;
    });
  }

  for (const name of ofPaths) later(name);
  for (const name of synchronous) atOnce(name);
  syncBuiltinESMExports();
  try {
    const life = { die, isKilled: () => isKilled };
    const result = await Promise.race([program(life), killed.then(() => undefined)]);
    const open = [...new Set([...handles.values(), ...descriptors.values()])];
    return isKilled ? { result: undefined, leftOpen: [] } : { result, leftOpen: open };
  } finally {
    for (const undo of patched.toReversed()) undo();
    syncBuiltinESMExports();
    for (const handle of handles.keys()) {
      descriptors.delete(handle.fd);
      await handle.close();
    }
    for (const descriptor of descriptors.keys()) fs.closeSync(descriptor);
  }
}

export type Life = { readonly die: () => Promise<never>; readonly isKilled: () => boolean };

/** What Node throws where the system says so. */
export function diskError(code: DiskErrorCode, name: string, path: string): Error {
  const message = `${code}: ${errorTexts[code]}, ${name} '${path}'`;
  return Object.assign(new Error(message), { code, syscall: name, path });
}

export type DiskErrorCode = keyof typeof errorTexts;

const errorTexts = {
  EIO: 'i/o error',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EMFILE: 'too many open files',
  EACCES: 'permission denied',
} as const;

// biome-ignore lint/suspicious/noExplicitAny: any function of Node
type AnyCall = (...args: any[]) => any;

/** The calls that src/ makes. */
const ofPaths = [
  'access',
  'link',
  'lstat',
  'mkdir',
  'open',
  'readFile',
  'readdir',
  'rename',
  'rm',
  'stat',
  'statfs',
  'writeFile',
];
const ofHandles = [
  'chmod',
  'close',
  'datasync',
  'read',
  'readFile',
  'stat',
  'sync',
  'truncate',
  'write',
  'writeFile',
];
const synchronous = ['close', 'fstat', 'open', 'read', 'readFile', 'stat', 'write', 'writeFile'];

const { O_CREAT, O_RDWR, O_WRONLY } = fs.constants;

function creates(name: string, flags: unknown): boolean {
  if (name === 'mkdir' || name === 'writeFile') return true;
  return name === 'open' && (typeof flags === 'number' ? (flags & O_CREAT) !== 0 : /[wa]/.test(`${flags}`));
}

function opensToWrite(flags: unknown): boolean {
  return typeof flags === 'number' ? (flags & (O_WRONLY | O_RDWR)) !== 0 : /[wa+]/.test(`${flags}`);
}

function there(path: string): boolean {
  return fs.lstatSync.call(fs, path, { throwIfNoEntry: false }) !== undefined;
}

/** A disk that is full in the middle: `write` tells how much it has taken, and `writeFile` fails. */
async function writeHalf(name: string, path: string, real: AnyCall, args: unknown[]): Promise<unknown> {
  const [what, offset, length, ...rest] = args;
  if (name === 'writeFile') {
    await real(half(what), ...args.slice(1));
    throw diskError('ENOSPC', 'write', path);
  }
  return typeof what === 'string'
    ? real(half(what), offset)
    : real(what, offset, Math.ceil(Number(length) / 2), ...rest);
}

function half(what: unknown): unknown {
  if (typeof what === 'string' || Buffer.isBuffer(what)) return what.slice(0, what.length >> 1);
  throw new Error('neither a text nor a buffer is written');
}
