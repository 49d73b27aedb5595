import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { root } from './root.ts';

/** What `vcpusched simulate --json` tells of one policy on one input. */
export type Result = {
  readonly input: string;
  readonly policy: string;
  readonly balancedByFirstDecision: boolean;
  readonly unbalancedShare: number;
  readonly moves: number;
  readonly movesPerVcpuHour: number;
  readonly movesAfterBalance: number;
  readonly finalSd: number;
  readonly bestSd: number;
  readonly bestSdSearch: 'exact' | 'bounded';
  readonly excessPct: number;
};

/** The program that is measured: BIN, or the one that was built here. */
export const bin = process.env['BIN'] ?? join(root, 'bin/vcpusched.js');

/** virsh's work-alike of the same build. */
export const virshSim = join(bin, '../virsh-sim.js');

/** A folder for what a measurement writes; it goes with the process. */
export const folder = mkdtempSync(join(tmpdir(), 'vcpusched-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The results of one run of `vcpusched simulate`, in the order in which it prints them. */
export function simulate(files: readonly string[], options: readonly string[] = []): readonly Result[] {
  return JSON.parse(run('simulate', ...files, ...options, '--json')).results;
}

/** Runs vcpusched to its end; returns what it printed. */
export function run(...words: readonly string[]): string {
  return execFileSync(process.execPath, [bin, ...words], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

/** Writes a scenario, and returns its file. */
export function scenario(name: string, toml: string): string {
  const file = join(folder, `${name}.toml`);
  writeFileSync(file, toml);
  return file;
}

/** The scenarios of a folder of fixtures/scenarios. */
export function scenarioFiles(directory: string): readonly string[] {
  const names = readdirSync(join(scenarios, directory)).filter((name) => name.endsWith('.toml'));
  return names.map((name) => join(scenarios, directory, name));
}

export const scenarios = join(root, 'fixtures/scenarios');

export function nameOf(file: string): string {
  return basename(file).replace(/\.\w+$/, '');
}

/** The sum of one figure of all rows. */
export function sum<Key extends string>(
  rows: readonly { readonly [key in Key]: number }[],
  key: Key,
): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Without a sign on nothing. */
export function hundredths(pct: number): string {
  return pct.toFixed(2).replace(/^-(0\.00)$/, '$1');
}
