import { expect } from 'vitest';
import { temporaryDirectory } from './executable.ts';
import type { Swept } from './fault-trial.ts';

/** Whether to try a case: one of so many, by turns. */
type IsTried = (way: number, at: number) => boolean;

/**
 * Tries a part of the faults of a sweep, one of so many, and of each way an early one: `node bench/run.js faults` tries
 * all. Each way begins at another place, so that other moments have their turn in each.
 */
export async function expectHeld<C>(
  sweep: (folder: string, command: C, isTried: IsTried) => AsyncGenerator<Swept>,
  command: C,
  oneOf: number,
): Promise<void> {
  const broken: string[] = [];
  let tried = 0;
  const isTried: IsTried = (way, at) => (at + way) % oneOf === 0 || at === 1 + (way % 3);
  for await (const swept of sweep(temporaryDirectory(), command, isTried)) {
    tried++;
    broken.push(...swept.broken.map((what) => `${swept.way}, ${swept.at}: ${what}`));
  }
  expect(broken).toEqual([]);
  expect(tried).toBeGreaterThan(0);
}
