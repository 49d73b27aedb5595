import { VcpuschedError } from './errors.ts';
import type { Output } from './simulate/virsh/command.ts';
import { isInteractive } from './simulate/virsh/global-options.ts';
import { runVirsh } from './simulate/virsh/run-virsh.ts';
import { uriOf } from './simulate/virsh/target.ts';

/** The process edge of virsh-sim: its own verbs that name a directory, and virsh calls. */
process.stdout.on('error', readerHasLeft);
process.stderr.on('error', readerHasLeft);

const [verb = '', dir, ...rest] = process.argv.slice(2);
if (verb === 'init') {
  await init(dir, rest[0]);
} else {
  const ownVerb =
    (verb === 'demand' || verb === 'pcpu' || verb === 'background') && rest.length > 1 && dir !== undefined;
  const argv = ownVerb ? ['-c', uriOf(dir), verb, ...rest] : process.argv.slice(2);
  if (isInteractive(argv)) await interact(argv);
  else {
    const { exitCode, output } = runVirsh(argv, process.env);
    for (const each of output) write(each);
    process.exitCode = exitCode;
  }
}

function write({ out, err }: Output): void {
  if (out) process.stdout.write(out);
  if (err) process.stderr.write(err);
}

/** Loaded only here: a single call reads no lines. */
async function interact(argv: readonly string[]): Promise<void> {
  const { createInterface } = await import('node:readline');
  const { runInteractive } = await import('./simulate/virsh/interactive.ts');
  const lines = createInterface({
    input: process.stdin,
    terminal: false,
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  process.exitCode = await runInteractive(argv, process.env, lines, write);
  lines.close();
}

/** Loaded only here: a virsh call needs neither TOML nor its schema. */
async function init(stateDir: string | undefined, scenario: string | undefined): Promise<void> {
  if (stateDir === undefined || scenario === undefined) {
    process.stderr.write('error: usage: virsh-sim init DIR SCENARIO.toml\n');
    process.exitCode = 64;
    return;
  }
  const { readScenario } = await import('./simulate/scenario/read-scenario.ts');
  const { createState } = await import('./simulate/virsh/state-dir.ts');
  try {
    createState(stateDir, readScenario(scenario));
  } catch (error) {
    if (!(error instanceof VcpuschedError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = error.status;
  }
}

/** Whoever read the output (a `head`) wants no more of it; that is no failure. */
function readerHasLeft(error: Error): void {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
}
