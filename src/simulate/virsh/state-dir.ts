import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { advance } from '../advance.ts';
import type { Host } from '../host.ts';
import { pause } from './pause.ts';

/** A simulated host is a directory: `state.json`, `calls.log` with a line a call, and `fault` if wanted. */
export type StateDir = string;

/** A host, and the time of day at which its own time began. */
export type State = { readonly startedMs: number; readonly host: Host };

/** Makes a new host there, its time beginning now. */
export function createState(dir: StateDir, host: Host): void {
  mkdirSync(dir, { recursive: true });
  saveState(dir, { startedMs: wallMs(), host });
  writeFileSync(join(dir, 'calls.log'), '');
}

/** The host as it is now: the time since it was saved has passed for it too. Undefined where there is none. */
export function loadState(dir: StateDir): State | undefined {
  const text = readOptional(join(dir, 'state.json'));
  if (text === undefined) return undefined;
  const { startedMs, host }: State = JSON.parse(text);
  const behindMs = wallMs() - startedMs - host.nowNs / 1e6;
  return { startedMs, host: advance(host, Math.max(0, behindMs) / 1000) };
}

/** Replaces the state at one stroke: a reader finds the old one or the new one. */
export function saveState(dir: StateDir, state: State): void {
  const file = join(dir, 'state.json');
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(state));
  renameSync(draft, file);
}

/**
 * Keeps others from changing the state until the function that it returns is called. Undefined where nobody
 * can: the directory is not there, or not to be written to.
 */
export function lockState(dir: StateDir): (() => void) | undefined {
  const lock = join(dir, 'lock');
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) return undefined;
    }
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    else pause(2);
  }
}

/** Whether so much time has passed since the state was saved that making up for it each time costs too much. */
export function isStale(dir: StateDir): boolean {
  return ageMs(join(dir, 'state.json')) > 30_000;
}

/** Adds a call's words to the log. */
export function logCall(dir: StateDir, argv: readonly string[]): void {
  try {
    appendFileSync(join(dir, 'calls.log'), `${JSON.stringify(argv)}\n`);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

export function readFaultFile(dir: StateDir): string {
  return readOptional(join(dir, 'fault')) ?? '';
}

/** The time of day, which all processes share, to the microsecond. */
function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

function ageMs(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

/** Whoever holds the lock was killed. A holder that has not written its number yet is taken to be alive. */
function isAbandoned(lock: string): boolean {
  const pid = Number(readOptional(lock));
  if (!pid) return ageMs(lock) > 1000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return isCode(error, 'ESRCH');
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
