import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import type { Input } from '../../src/simulate/input/input.ts';
import type { Reference } from '../../src/simulate/score/reference.ts';
import type { Cycles } from '../../src/simulate/score/replay.ts';

/** An input with its reference, which no policy and no constant changes. */
export type Prepared = {
  readonly input: Input;
  readonly cycles: Cycles;
  readonly reference: Reference;
};

/** Reads what prepare-trial.ts has written. */
export function readPrepared(file: string): Prepared {
  return deserialize(readFileSync(file)) as Prepared;
}
