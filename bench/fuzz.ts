// Hostile text for every parser, and for all that is written: as docs/reliability.md has it.
//
//   node bench/run.js fuzz [--write] [SECONDS] [TARGET ...]     each target for so long (default 10); without a name, all
//
//   --write          puts the table into docs/reliability.md
//   SEED=7           other texts (default 1)
//
// Ends with 1 where something did not hold. What was found is printed, as short as it still fails.
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { bundle } from './support/bundle.ts';
import { markdown, printTables, verdict } from './support/document.ts';
import type { Fuzzed } from './support/fuzz-loop.ts';
import type { FuzzJob } from './support/fuzz-trial.ts';
import { targets } from './targets/index.ts';

const mostStuckMs = 30_000;
/** In characters. */
const longestText = 1 << 18;

const words = process.argv.slice(2);
const [seconds = 10] = words.map(Number).filter((number) => number > 0);
const names = words.filter((word) => !word.startsWith('--') && !(Number(word) > 0));
const unknown = names.find((name) => !targets.some((target) => target.name === name));
if (unknown !== undefined)
  throw new Error(`there is no target ${unknown}, but ${targets.map(({ name }) => name).join(', ')}`);
const program = await bundle('support/fuzz-trial.ts', 'fuzz-trial');
const options = words.filter((word) => word === '--write');
await printTables('docs/reliability.md', { fuzz: table }, options);

async function table(): Promise<readonly string[]> {
  const rows: (readonly (string | number)[])[] = [];
  let faults = 0;
  for (const name of names.length === 0 ? targets.map((each) => each.name) : names) {
    const { fuzzed, broken } = await runTarget(name);
    for (const { what, text } of broken) {
      faults++;
      process.stderr.write(`${name}: ${what}\n    ${JSON.stringify(text.slice(0, 2000))}\n`);
    }
    if (fuzzed === undefined) continue;
    const { functions, blocks, lines } = fuzzed.covered;
    const shares = [functions, blocks, lines].map(([run, all]) => `${run} of ${all}`);
    rows.push([name, fuzzed.executions, Math.round(fuzzed.seconds), fuzzed.corpus, ...shares]);
    process.stderr.write(`${rows.at(-1)?.join('  ')}\n`);
  }
  if (faults > 0) process.exitCode = 1;
  const head = ['', 'executions', 'seconds', 'texts kept', 'functions', 'blocks', 'lines'];
  return [markdown(head, rows), verdict('each property holds for each text, within its time', faults === 0)];
}

type Ran = { readonly fuzzed: Fuzzed | undefined; readonly broken: Fuzzed['faults'] };

/** In a thread of its own: a text that takes for ever, or all memory, ends that. */
function runTarget(name: string): Promise<Ran> {
  const text = new SharedArrayBuffer(8 + 2 * longestText);
  const seed = Number(process.env['SEED'] ?? 1);
  const job: FuzzJob = { name, seconds, seed, url: pathToFileURL(program).href, text };
  const worker = new Worker(program, { workerData: job, resourceLimits: { maxOldGenerationSizeMb: 1024 } });
  const count = new Int32Array(text, 0, 2);
  let last = -1;
  let sinceMs = performance.now();
  return new Promise((resolve) => {
    const end = (ran: Ran): void => {
      clearInterval(timer);
      void worker.terminate();
      resolve(ran);
    };
    const fail = (what: string) => end({ fuzzed: undefined, broken: [{ what, text: noted(text) }] });
    const timer = setInterval(() => {
      const now = Atomics.load(count, 0);
      if (now !== last) sinceMs = performance.now();
      last = now;
      if (performance.now() - sinceMs > mostStuckMs) fail(`no end within ${mostStuckMs / 1000} s`);
    }, 1000);
    worker.once('error', (error) => fail(String(error)));
    worker.once('message', (fuzzed: Fuzzed) => end({ fuzzed, broken: fuzzed.faults }));
  });
}

function noted(buffer: SharedArrayBuffer): string {
  const [, length = 0] = new Int32Array(buffer, 0, 2);
  return Array.from(new Uint16Array(buffer, 8, length), (code) => String.fromCharCode(code)).join('');
}
