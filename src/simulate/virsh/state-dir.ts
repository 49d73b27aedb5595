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

/** Makes a new host there, its time beginning now. */
export function createState(dir: StateDir, host: Host): void {
  mkdirSync(dir, { recursive: true });
  saveState(dir, host);
  writeFileSync(join(dir, 'calls.log'), '');
}

/** The host as it is now: the time since it was saved has passed for it too. Undefined where there is none. */
export function loadState(dir: StateDir): Host | undefined {
  const text = readOptional(join(dir, 'state.json'));
  if (text === undefined) return undefined;
  const saved: Saved = JSON.parse(text);
  return advance(saved.host, Math.max(0, wallMs() - saved.wallMs) / 1000);
}

/** Replaces the state at one stroke: a reader finds the old one or the new one. */
export function saveState(dir: StateDir, host: Host): void {
  const file = join(dir, 'state.json');
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ wallMs: wallMs(), host } satisfies Saved));
  renameSync(draft, file);
}

/** Keeps others from changing the state until the function that it returns is called. */
export function lockState(dir: StateDir): () => void {
  const lock = join(dir, 'lock');
  for (;;) {
    try {
      mkdirSync(lock);
      return () => rmSync(lock, { recursive: true, force: true });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
      if (ageMs(lock) > abandonedMs) rmSync(lock, { recursive: true, force: true });
      else pause(2);
    }
  }
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

type Saved = { readonly wallMs: number; readonly host: Host };

/** No call holds the lock for so long, unless it was killed. */
const abandonedMs = 10_000;

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

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
