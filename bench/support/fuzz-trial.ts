import { parentPort, workerData } from 'node:worker_threads';
import { targets } from '../targets/index.ts';
import { fuzz } from './fuzz-loop.ts';

//   in a worker of bench/fuzz.ts: some seconds of one target

/** What is to be run, and where each text is noted before it is: a count, its length, its characters. */
export type FuzzJob = {
  readonly name: string;
  readonly seconds: number;
  readonly seed: number;
  /** of the bundle that this is */
  readonly url: string;
  readonly text: SharedArrayBuffer;
};

const { name, seconds, seed, url, text }: FuzzJob = workerData;
const target = targets.find((each) => each.name === name);
if (target === undefined) throw new Error(`there is no target ${name}`);
const head = new Int32Array(text, 0, 2);
const characters = new Uint16Array(text, 8);
const fuzzed = await fuzz(target, seconds, seed, url, (each) => {
  const length = Math.min(each.length, characters.length);
  for (let i = 0; i < length; i++) characters[i] = each.charCodeAt(i);
  head[1] = length;
  Atomics.add(head, 0, 1);
});
parentPort?.postMessage(fuzzed);
